/** How long each tea brews, and how hot the water should be. */
export const teas = [
  { name: 'Sencha', minutes: 1, degrees: 75 },
  { name: 'Darjeeling', minutes: 3, degrees: 90 },
  { name: 'Assam', minutes: 4, degrees: 95 },
  { name: 'Peppermint', minutes: 8, degrees: 100 },
]
