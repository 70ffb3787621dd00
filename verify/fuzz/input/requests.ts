/**
 * HTTP requests that are valid, wrong and hostile, each with the answers that the table in docs/protocol.md
 * allows. Sent by node:http, which leaves paths and headers as they are. Errors must have their body, and no
 * answer may be a 5xx except "busy".
 */

import type { Chance } from '../../random.ts'
import { ask, codeOf, type Request } from '../ask.ts'
import { asSent } from '../oracle/well-formed.ts'
import type { Place } from '../place.ts'
import { Fields, write } from './json-tree.ts'
import { hostileKey, hostileString, hostileValue } from './values.ts'

const NOT_FOUND = ['404', '405']
const NO_ROOM = ['404 no_such_room']

const ENCODED = [
  '%',
  '%zz',
  '%00',
  '%ff',
  '%c0%80',
  '%ed%a0%80',
  '%2e%2e',
  '%2f',
  '%5c',
  '%E2%80%A8',
  '%F0%9F%98%80',
  '+',
  '%25',
]

type Make = (place: Place, chance: Chance) => Request

export const REQUESTS: Readonly<Record<string, Make>> = {
  'GET status': ({ room }) => ({ path: `/api/rooms/${room}`, allowed: ['200'] }),
  'HEAD and others': ({ room }, chance) => ({
    method: chance.pick(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']),
    path: `/api/rooms/${room}${chance.pick(['', '/flush', '/files/x', '/connect'])}`,
    allowed: ['200', '204', '426', ...NOT_FOUND, '501', '400'],
  }),
  'GET no room': (_, chance) => ({
    path: `/api/rooms/${chance.pick(['nope', 'x'.repeat(65), '-', '..x', '%20', '%2e%2e', 'a%2fb', '__proto__', '%00', '%zz', '%ff', ''])}`,
    allowed: ['404'],
  }),
  'GET what was removed': ({ room }, chance) => ({
    path: `/api/rooms/${room}/removed${chance.pick(['', '?limit=1', '?before=1', '?before=9007199254740991&limit=100'])}`,
    allowed: ['200'],
  }),
  'GET a page that is none': ({ room }, chance) => ({
    path: `/api/rooms/${room}/${chance.pick(['removed', 'chat'])}?${chance.pick(['limit=0', 'limit=101', 'before=0', 'before=-1', 'before=x', 'before=9007199254740993', 'limit='])}`,
    allowed: ['400 bad_request'],
  }),
  'GET file': (place, chance) => {
    const file = chance.pick([...place.model.now.files.values()])
    return {
      path: `/api/rooms/${place.room}/files/${encodePath(file.path)}`,
      allowed: ['200', '404 no_such_file'],
    }
  },
  'GET file, conditional': (place, chance) => {
    const { path, revision } = chance.pick([...place.model.now.files.values()])
    const tag = chance.pick([
      `"${revision}"`,
      `W/"${revision}"`,
      '*',
      `"x", "${revision}"`,
      '"',
      '""',
      ',',
      '\t',
      `"${'9'.repeat(400)}"`,
      'W/',
      '"0"',
    ])
    return {
      path: `/api/rooms/${place.room}/files/${encodePath(path)}`,
      headers: { 'If-None-Match': tag, 'If-Modified-Since': 'yesterday', Range: 'bytes=0-1' },
      allowed: ['200', '304', '404 no_such_file'],
    }
  },
  'GET file that one has': (place, chance) => {
    const { path } = chance.pick(
      [...place.model.now.files.values()].filter(({ file }) => place.shared.has(file)),
    )
    return {
      path: `/api/rooms/${place.room}/files/${encodePath(path)}`,
      headers: { 'If-None-Match': '*' },
      // It may just have been renamed.
      allowed: ['304', '404 no_such_file'],
    }
  },
  'GET file of no name': ({ room }, chance) => ({
    path: `/api/rooms/${room}/files/${chance.pick(ENCODED)}${chance.chance(0.5) ? chance.pick(ENCODED) : ''}${chance.chance(0.1) ? '/x'.repeat(3_000) : ''}`,
    allowed: ['400', '404 no_such_file', '404 not_found', '414', '431'],
  }),
  'GET connect without upgrade': ({ room }, chance) => ({
    path: `/api/rooms/${chance.pick([room, 'nope', '%00'])}/connect`,
    headers: chance.chance(0.5) ? { 'Sec-WebSocket-Protocol': 'edgeroom.v1' } : {},
    allowed: ['426 upgrade_required'],
  }),
  'POST flush': ({ room }, chance) => ({
    method: 'POST',
    path: `/api/rooms/${room}/flush`,
    body: chance.chance(0.5) ? '' : write(hostileValue(chance)),
    allowed: ['200', '503 flush_later', '503 flush_failed'],
  }),
  'POST flush of no room': (_, chance) => ({
    method: 'POST',
    path: `/api/rooms/${chance.pick(['nope', '-', 'x'.repeat(70), '%00'])}/flush`,
    allowed: NO_ROOM,
  }),
  'tokens of somebody else’s room': ({ room }, chance) => {
    const [method, path, body] = chance.pick([
      ['GET', '', ''],
      ['POST', '', '{"role":"editor"}'],
      ['POST', '', write(hostileValue(chance))],
      ['POST', '/revoke', ''],
      ['DELETE', `/t${'0'.repeat(20)}`, ''],
      ['DELETE', `/${chance.pick(ENCODED)}`, ''],
    ] as const)
    return {
      method,
      path: `/api/rooms/${room}/tokens${path}`,
      body,
      allowed: ['403 forbidden', '400', '404 not_found'],
    }
  },
  'tokens with a forged token': ({ room }, chance) => ({
    method: chance.pick(['GET', 'POST', 'DELETE']),
    path: `/api/rooms/${room}/tokens${chance.pick(['', '/revoke', `/t${'0'.repeat(20)}`])}`,
    headers: { Authorization: `Bearer ${chance.pick(['a.b.c', '..', 'e30.e30.e30', 'weak'])}` },
    allowed: ['401 unauthenticated', '404 not_found'],
  }),
  'tokens of no room': (_, chance) => ({
    method: chance.pick(['GET', 'POST']),
    path: `/api/rooms/${chance.pick(['nope', '-', 'x'.repeat(70)])}/tokens`,
    allowed: NO_ROOM,
  }),
  'POST room': (_, chance) => ({
    ...post({
      room: `made-${chance.uint32().toString(36)}${chance.uint32().toString(36)}`,
      files: { 'a.txt': 'a', constructor: 'b', 'x/y': 'c\r\n' },
    }),
    allowed: ['201'],
  }),
  'POST room that is there': ({ room }) => ({ ...post({ room, files: {} }), allowed: ['409 room_exists'] }),
  'POST room of no name': (_, chance) => ({
    ...post({
      room: chance.pick(['', '-a', 'a b', 'é', 'a/b', '..', 'x'.repeat(65), 'a\n', 7, null, {}, []]),
    }),
    allowed: ['400 bad_request'],
  }),
  'POST room with a path that is none': (_, chance) => ({
    ...post({
      files: { [chance.pick(['', '..', '/a', 'a//b', 'a\\b', 'a\u0000', '\ud800', 'x'.repeat(600)])]: 'x' },
    }),
    allowed: ['422 bad_path'],
  }),
  'POST room with paths that clash': () => ({
    ...post({ files: { a: '', 'a/b': '' } }),
    allowed: ['422 path_taken'],
  }),
  'POST room with a text that is none': (_, chance) => ({
    ...post({ files: { a: chance.pick(['\u0000', '\ud800', 'x\udc00']) } }),
    allowed: ['422 bad_text'],
  }),
  'POST room with a text that is too large': ({ limits }) => ({
    ...post({ files: { a: 'x'.repeat(limits.fileBytes + 1) } }),
    allowed: ['422 file_too_large'],
  }),
  'POST room with too many files': ({ limits }) => ({
    ...post({ files: Object.fromEntries(Array.from({ length: limits.files + 1 }, (_, i) => [`f${i}`, ''])) }),
    allowed: ['422 too_many_files'],
  }),
  'POST room with files that are none': (_, chance) => ({
    ...post({
      files: chance.pick<unknown>([[], 'x', 7, null, { a: 7 }, { a: null }, { a: {} }, { a: ['x'] }, ['a']]),
    }),
    allowed: ['400 bad_request'],
  }),
  'POST room with other keys': (_, chance) => ({
    method: 'POST',
    path: '/api/rooms',
    body: asSent(
      write(new Fields([[`x${hostileKey(chance)}`.replace(/^x(__proto__)$/, '$1'), hostileValue(chance)]])),
    ),
    allowed: ['400 bad_request', '201'],
  }),
  'POST what is no JSON': (_, chance) => ({
    method: 'POST',
    path: '/api/rooms',
    body: chance.pick([
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '7',
      '{"room":}',
      '\ufeff',
      '['.repeat(50_000),
      '{"a":'.repeat(20_000),
      asSent(hostileString(chance)),
    ]),
    headers: chance.chance(0.5)
      ? { 'Content-Type': chance.pick(['text/plain', 'application/xml', 'multipart/form-data', '']) }
      : {},
    allowed: ['400 bad_request', '201'],
  }),
  'POST with a length that is a lie': () => ({
    method: 'POST',
    path: '/api/rooms',
    headers: { 'Content-Length': String(33 * 1024 * 1024) },
    body: '{}',
    allowed: ['413 too_large'],
  }),
  'forged headers': ({ room }, chance) => ({
    path: `/api/rooms/${room}`,
    headers: {
      'x-edgeroom-identity': chance.pick(['{"user":"x","name":"y"}', '{', 'null', '\u00ff']),
      'x-edgeroom-room': chance.pick(['another', '', '../x']),
      'CF-Connecting-IP': '0.0.0.0',
      'X-Forwarded-Host': 'elsewhere.example',
      Accept: '*/*;q=\u00ff',
    },
    allowed: ['200'],
  }),
  'page of elsewhere': ({ room }, chance) => ({
    path: `/api/rooms/${room}`,
    headers: {
      Origin: chance.pick([
        'https://elsewhere.example',
        'null',
        'http://127.0.0.1.elsewhere.example',
        'file://',
        'javascript:0',
        '\u00ff',
      ]),
    },
    allowed: ['403 origin_not_allowed'],
  }),
  'nothing there': (_, chance) => ({
    method: chance.pick(['GET', 'POST']),
    path: `/api/${chance.pick(['', 'room', 'rooms/a/b/c', '..', 'rooms//', '%2e%2e/%2e%2e', ';', '__proto__'])}`,
    allowed: [...NOT_FOUND, '200', '400'],
  }),
  healthz: () => ({ path: '/healthz', allowed: ['200'] }),
  readyz: () => ({ path: '/readyz', allowed: ['200'] }),
}

/** Sends one and returns what is wrong with the answer, or null. */
export async function askFor(kind: string, place: Place, chance: Chance): Promise<string | null> {
  const make = REQUESTS[kind]
  if (make === undefined) throw new Error(`there is no request ${kind}`)
  const request = make(place, chance)
  place.tally.asked(kind)
  const answer = await ask(place.url, request)
  const code = codeOf(answer)
  const named = code === null ? `${answer.status}` : `${answer.status} ${code}`
  place.tally.answered(`HTTP ${named}`)
  const isRight = request.allowed.includes(named) || request.allowed.includes(`${answer.status}`)
  const hasBody =
    answer.status < 400 || code !== null || request.method === 'HEAD' || answer.body.startsWith('ERROR')
  if (isRight && hasBody) return null
  const what = JSON.stringify({ ...request, body: request.body?.slice(0, 300) })
  return `${kind} was answered with ${named}, not with ${request.allowed.join(' or ')}: ${what}; ${answer.body.slice(0, 200)}`
}

function post(body: unknown): Pick<Request, 'method' | 'path' | 'body'> {
  return { method: 'POST', path: '/api/rooms', body: JSON.stringify(body) }
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
