import { callMutants } from "./defects/calls.ts"
import { catalogMutants } from "./defects/catalogs.ts"
import { circuitMutants } from "./defects/circuit.ts"
import { healthMutants } from "./defects/health.ts"
import { kernelMutants } from "./defects/kernel.ts"
import { lineMutants } from "./defects/lines.ts"
import { questionMutants } from "./defects/questions.ts"
import { restartMutants } from "./defects/restarts.ts"
import { sessionMutants } from "./defects/sessions.ts"
import type { Mutant } from "./mutant.ts"

/** Every deliberate defect. */
export const allMutants: ReadonlyArray<Mutant> = [
  ...circuitMutants,
  ...restartMutants,
  ...healthMutants,
  ...callMutants,
  ...lineMutants,
  ...catalogMutants,
  ...sessionMutants,
  ...questionMutants,
  ...kernelMutants
]
