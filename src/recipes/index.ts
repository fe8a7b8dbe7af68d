/** Every recipe by name. */
import { mnistRecipe } from './mnist.js'
import type { Recipe } from './recipe.js'

/** All recipes, in the order of `hebb list`. */
export const recipes: readonly Recipe[] = [mnistRecipe]
export type { Recipe, RecipeContext, RecipeResult, RecipeSettings } from './recipe.js'
