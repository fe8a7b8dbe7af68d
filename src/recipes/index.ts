/** Every recipe by name. */
import { attentionRecipes } from './attention/index.js'
import { approximationRecipe } from './basics/approximation.js'
import { perceptronRecipe } from './basics/perceptron.js'
import { descentRecipe } from './descent/descent.js'
import { landscapeRecipe } from './landscape/landscape.js'
import { languageRecipes } from './language/index.js'
import { housesRecipe } from './losses/houses.js'
import { metricsRecipe } from './losses/metrics.js'
import { spamRecipe } from './losses/spam.js'
import { copyRecipe } from './memory/copy.js'
import { knnLmRecipe } from './memory/knnLm.js'
import { dropoutRecipe } from './overfitting/dropout.js'
import { overfittingRecipe } from './overfitting/overfitting.js'
import { randomLabelsRecipe } from './overfitting/randomLabels.js'
import { cifar10Recipe } from './pictures/cifar10.js'
import { degradationRecipe } from './pictures/degradation.js'
import { fashionRecipe } from './pictures/fashion.js'
import { mnistRecipe } from './pictures/mnist.js'
import { pretrainingRecipes } from './pretraining/index.js'
import type { Recipe } from './recipe.js'
import { addingRecipe } from './recurrent/adding.js'
import { stocksRecipe } from './series/stocks.js'
import { weatherRecipe } from './series/weather.js'
import { loraRecipe } from './tuning/lora.js'

/** All recipes, in the order of `hebb list`: that of a course. */
export const recipes: readonly Recipe[] = [
  perceptronRecipe,
  approximationRecipe,
  descentRecipe,
  landscapeRecipe,
  spamRecipe,
  housesRecipe,
  mnistRecipe,
  overfittingRecipe,
  dropoutRecipe,
  randomLabelsRecipe,
  fashionRecipe,
  cifar10Recipe,
  degradationRecipe,
  metricsRecipe,
  addingRecipe,
  stocksRecipe,
  weatherRecipe,
  ...attentionRecipes,
  ...languageRecipes,
  ...pretrainingRecipes,
  loraRecipe,
  copyRecipe,
  knnLmRecipe,
]
export { choice, count, flag, type Option, type Options, type OptionValue, positive, type Settings, text } from './options.js'
export type { Recipe, RecipeContext, RecipeResult } from './recipe.js'
export { shownFields } from './training.js'
