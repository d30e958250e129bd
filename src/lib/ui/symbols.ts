import type { Locale } from './i18n/locale.ts';

/**
 * The four symbols of the first contact are numbers into this table (protocol, section 6). It never changes: two
 * people with different versions must see the same. Things that everybody can name, no two that look or sound alike
 * in either language, and only characters that are pictures by themselves on every system since 2017.
 */
const table: readonly (readonly [picture: string, en: string, fr: string])[] = [
  ['🐶', 'Dog', 'Chien'],
  ['🐱', 'Cat', 'Chat'],
  ['🦁', 'Lion', 'Lion'],
  ['🐴', 'Horse', 'Cheval'],
  ['🐘', 'Elephant', 'Éléphant'],
  ['🐰', 'Rabbit', 'Lapin'],
  ['🐼', 'Panda', 'Panda'],
  ['🐧', 'Penguin', 'Pingouin'],
  ['🐢', 'Turtle', 'Tortue'],
  ['🐙', 'Octopus', 'Poulpe'],
  ['🦋', 'Butterfly', 'Papillon'],
  ['🦉', 'Owl', 'Hibou'],
  ['🐍', 'Snake', 'Serpent'],
  ['🐳', 'Whale', 'Baleine'],
  ['🐓', 'Rooster', 'Coq'],
  ['🐠', 'Fish', 'Poisson'],
  ['🐪', 'Camel', 'Dromadaire'],
  ['🐑', 'Sheep', 'Mouton'],
  ['⭐', 'Star', 'Étoile'],
  ['🌵', 'Cactus', 'Cactus'],
  ['🍄', 'Mushroom', 'Champignon'],
  ['🌻', 'Sunflower', 'Tournesol'],
  ['🍀', 'Clover', 'Trèfle'],
  ['🌙', 'Moon', 'Lune'],
  ['🔥', 'Flame', 'Flamme'],
  ['🌈', 'Rainbow', 'Arc-en-ciel'],
  ['⛄', 'Snowman', 'Bonhomme de neige'],
  ['⚡', 'Lightning', 'Éclair'],
  ['🌍', 'Globe', 'Globe'],
  ['🌋', 'Volcano', 'Volcan'],
  ['🍎', 'Apple', 'Pomme'],
  ['🍓', 'Strawberry', 'Fraise'],
  ['🥦', 'Broccoli', 'Brocoli'],
  ['🍇', 'Grapes', 'Raisin'],
  ['🥕', 'Carrot', 'Carotte'],
  ['🍕', 'Pizza', 'Pizza'],
  ['🍩', 'Doughnut', 'Beignet'],
  ['🥨', 'Pretzel', 'Bretzel'],
  ['☕', 'Coffee', 'Café'],
  ['☔', 'Umbrella', 'Parapluie'],
  ['⌛', 'Hourglass', 'Sablier'],
  ['⏰', 'Clock', 'Réveil'],
  ['🚑', 'Ambulance', 'Ambulance'],
  ['📖', 'Book', 'Livre'],
  ['🍯', 'Honey', 'Miel'],
  ['🔑', 'Key', 'Clé'],
  ['🔨', 'Hammer', 'Marteau'],
  ['🚂', 'Train', 'Train'],
  ['🚲', 'Bicycle', 'Vélo'],
  ['🚀', 'Rocket', 'Fusée'],
  ['🎸', 'Guitar', 'Guitare'],
  ['🎺', 'Trumpet', 'Trompette'],
  ['🥁', 'Drum', 'Tambour'],
  ['⚓', 'Anchor', 'Ancre'],
  ['🎧', 'Headphones', 'Casque'],
  ['⛺', 'Tent', 'Tente'],
  ['👑', 'Crown', 'Couronne'],
  ['💎', 'Diamond', 'Diamant'],
  ['🔬', 'Microscope', 'Microscope'],
  ['🎹', 'Piano', 'Piano'],
  ['🔔', 'Bell', 'Cloche'],
  ['🚜', 'Tractor', 'Tracteur'],
  ['🚁', 'Helicopter', 'Hélicoptère'],
  ['👻', 'Ghost', 'Fantôme']
];

export interface NamedSymbol {
  readonly picture: string;
  readonly name: string;
}

/** @throws RangeError when there is no such number */
export function symbolOf(number: number, locale: Locale): NamedSymbol {
  const row = table[number];
  if (row === undefined) throw new RangeError('no such symbol');
  const [picture, en, fr] = row;
  return { picture, name: { en, fr }[locale] };
}
