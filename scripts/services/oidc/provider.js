// An OpenID provider for tests: node provider.js PORT REDIRECT_URI. Whoever logs
// in is who they say, in the group of their name. Nothing of it is secret or safe.
import Provider from 'oidc-provider'

const [port, redirect] = process.argv.slice(2)
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'raddeploy', client_secret: 'not a secret', redirect_uris: [redirect] }],
  pkce: { required: () => true, methods: ['S256'] },
  scopes: ['openid', 'profile', 'groups'],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `s-${id}`, preferred_username: id, groups: [`${id}s`] }) }),
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['a test'] },
})
provider.on('server_error', (_, error) => console.error(error))
provider.listen(port, '127.0.0.1', () => console.log('ready'))
