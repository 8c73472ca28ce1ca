import { httpSections, type Rule } from "./Document.ts"
import { isTable } from "./Found.ts"
import type { Complaint } from "./Problem.ts"

/** What OAuth can't do without, and what it excludes. */
export const oauthComplete: Rule = (document) =>
  httpSections(document).flatMap((section): ReadonlyArray<Complaint> => {
    const oauth = section.keys["oauth"]
    if (!isTable(oauth)) return []
    const path = [...section.path, "oauth"]
    const rival: ReadonlyArray<Complaint> =
      section.keys["bearer_env"] === undefined
        ? []
        : [
            {
              path: [...section.path, "bearer_env"],
              found: "bearer_env besides oauth, which sends tokens of its own",
              allowed: "one of the two",
              advice: "remove bearer_env if the tokens come by OAuth, else remove oauth"
            }
          ]
    const isAlone = oauth["grant"] === "client_credentials"
    const needed = isAlone ? ["client_id", "client_secret_env"] : oauth["client_secret_env"] ? ["client_id"] : []
    const missing = needed.flatMap((key): ReadonlyArray<Complaint> => {
      if (oauth[key] !== undefined) return []
      return [
        {
          path: [...path, key],
          found: `nothing: there is no ${key}`,
          allowed: isAlone ? `${key}, which grant = "client_credentials" needs` : `${key} beside client_secret_env`,
          advice: `add ${key} = "..."`
        }
      ]
    })
    return [...rival, ...missing]
  })
