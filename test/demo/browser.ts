/** As much of a browser as signing in takes: it keeps cookies, follows redirects within the provider and posts forms. */
export class Browser {
  readonly #cookies = new Map<string, string>()

  async open(url: string | URL, body?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, {
      method: body ? 'POST' : 'GET',
      body: body ?? null,
      redirect: 'manual',
      headers: { cookie },
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const next = response.headers.get('location')
    return next && new URL(next, url).pathname.startsWith('/demo-identity/') ? this.open(new URL(next, url)) : response
  }

  async choose(page: Response, name: string): Promise<Response> {
    const action = new RegExp(`formaction="([^"]+/${name})"`).exec(await page.text())?.[1] ?? ''
    return this.#throughForms(await this.open(new URL(action, page.url), new URLSearchParams()))
  }

  async submit(page: Response, entered: Record<string, string> = {}): Promise<Response> {
    const html = await page.text()
    const fields = new URLSearchParams(entered)
    for (const [, name = '', value = ''] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
      fields.set(name, value)
    return this.open(/<form[^>]* action="([^"]+)"/.exec(html)?.[1] ?? '', fields)
  }

  /** Someone else's sign-in is ended by a form that submits itself. */
  async #throughForms(page: Response): Promise<Response> {
    const hasForm = page.status === 200 && (await page.clone().text()).includes('<form')
    return hasForm ? this.submit(page) : page
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value) this.#cookies.set(name, value)
    else this.#cookies.delete(name)
  }
}
