/** Every recipe by name. */
import { mnistRecipe } from './pictures/mnist.js'
import type { Recipe } from './recipe.js'

/** All recipes, in the order of `hebb list`. */
export const recipes: readonly Recipe[] = [mnistRecipe]
export type { Option, OptionValue } from './options.js'
export type { Recipe, RecipeContext, RecipeResult } from './recipe.js'
