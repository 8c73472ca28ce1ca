// What is built anew for each mutant: the gateway in its simulation, and the machines with their models.
import { allModels as machines } from "../model/model.ts"
import { supervisor } from "./supervisor.ts"

export { generate } from "../../src/simulation/Generate.ts"
export { simulate } from "../../src/simulation/Simulate.ts"

export const allModels = [...machines, supervisor]
