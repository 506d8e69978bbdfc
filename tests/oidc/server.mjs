// A sign-in service that is not ours: oidc-provider, certified by the OpenID Foundation, at the addresses Entra has.
//
// PORT, GRAPH and CERT (PEM) come from the environment; DEVICE_LIFE is the life of a device code in seconds. Beside the provider it
// answers as Graph just enough for `whoami`: every part of a batch is refused, and the token has to be one of the provider's.
import http from 'node:http';
import fs from 'node:fs';
import { X509Certificate } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';

const TENANT = '11111111-2222-4333-8444-555555555555';
const { CERT, DEVICE_LIFE = '600' } = process.env;
const certificate = new X509Certificate(fs.readFileSync(CERT)).publicKey.export({ format: 'jwk' });

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const base = `${origin}/${TENANT}`;
  const graph = process.env.GRAPH ?? origin;
  const scopes = `${graph}/.default`;
  const issued = new Set();
  const provider = new Provider(base, {
    clients: [
      {
        client_id: 'aaaaaaaa-0000-4000-8000-000000000001', application_type: 'native', token_endpoint_auth_method: 'none',
        redirect_uris: ['http://localhost'], response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
      {
        client_id: 'aaaaaaaa-0000-4000-8000-000000000002', token_endpoint_auth_method: 'client_secret_post',
        client_secret: 's3cret', redirect_uris: [], response_types: [], grant_types: ['client_credentials'],
      },
      {
        client_id: 'aaaaaaaa-0000-4000-8000-000000000003', token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...certificate, use: 'sig' }] }, redirect_uris: [], response_types: [], grant_types: ['client_credentials'],
      },
    ],
    routes: {
      authorization: '/oauth2/v2.0/authorize', token: '/oauth2/v2.0/token', device_authorization: '/oauth2/v2.0/devicecode',
      code_verification: '/oauth2/deviceauth', jwks: '/discovery/v2.0/keys',
    },
    features: {
      devInteractions: { enabled: false }, deviceFlow: { enabled: true }, clientCredentials: { enabled: true },
      userinfo: { enabled: false }, rpInitiatedLogout: { enabled: false },
      resourceIndicators: {
        enabled: true, defaultResource: () => graph, useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource) => {
          if (resource !== graph) throw new errors.InvalidTarget();
          return { scope: scopes, audience: graph, accessTokenFormat: 'jwt', accessTokenTTL: 3599 };
        },
      },
    },
    scopes: ['openid', 'profile', 'offline_access'], pkce: { required: () => true }, cookies: { keys: ['x'] },
    ttl: { DeviceCode: +DEVICE_LIFE, Grant: 3600, Session: 3600, Interaction: 600, RefreshToken: 3600, IdToken: 600 },
    rotateRefreshToken: true,
    issueRefreshToken: (ctx, client, code) => client.grantTypeAllowed('refresh_token') && code.scope.split(' ').includes('offline_access'),
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: (ctx, interaction) => `/${TENANT}/ia/${interaction.uid}` },
  });
  provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = () => new Set([`${base}/oauth2/v2.0/token`]);
  const tell = (what) => console.log(JSON.stringify(what));
  provider.on('grant.success', (ctx) => { issued.add(ctx.body.access_token); tell({ granted: ctx.oidc.params.grant_type }); });
  provider.on('grant.error', (ctx, error) => tell({ refused: error.error }));
  provider.on('grant.revoked', () => tell({ revoked: true }));

  // The person who always agrees.
  async function answer(req, res) {
    const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
    if (prompt.name === 'login') return provider.interactionFinished(req, res, { login: { accountId: 'ada' } });
    const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    grant.addResourceScope(graph, scopes);
    return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  }

  function asGraph(req, res) {
    let body = '';
    req.on('data', (chunk) => { body += chunk; });
    req.on('end', () => {
      const reply = (status, value) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      const refusal = { error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' } };
      if (!issued.has((req.headers.authorization ?? '').replace('Bearer ', ''))) {
        return reply(401, { error: { code: 'InvalidAuthenticationToken', message: 'Access token validation failure.' } });
      }
      if (!req.url.endsWith('/$batch')) return reply(403, refusal);
      const { requests } = JSON.parse(body);
      return reply(200, { responses: requests.map(({ id }) => ({ id, status: 403, headers: { 'Content-Type': 'application/json' }, body: refusal })) });
    });
  }

  server.on('request', (req, res) => {
    if (req.url.startsWith('/v1.0/')) return asGraph(req, res);
    // Whatever tenant is named is the one there is.
    req.url = req.url.replace(/^\/[^/]+/, '');
    // Entra gives refresh tokens without being asked for consent; this provider does not.
    if (req.url.startsWith('/oauth2/v2.0/authorize?') && !req.url.includes('&prompt=')) req.url += '&prompt=consent';
    req.originalUrl = `/${TENANT}${req.url}`;
    return req.url.startsWith('/ia/') ? answer(req, res) : provider.callback()(req, res);
  });
  tell({ ready: origin });
});
