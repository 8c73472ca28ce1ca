// A browser whose user agrees: opens the page of the authorization server, which at once redirects to the gateway.
const [, , url = ""] = process.argv
const response = await fetch(url)
process.stderr.write(`browser: ${response.status} ${response.url}\n`)
