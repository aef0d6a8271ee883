/* Starts the reader of /admin/docs. It shows, and sends nothing: whatever could send a request, keep a token or ask another
   server is off. */
Scalar.createApiReference('#reference', {
  url: '/admin/openapi.json',
  title: 'Latchkey administration',
  hideTestRequestButton: true,
  hideClientButton: true,
  persistAuth: false,
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: 'direct',
  defaultOpenAllTags: false,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
});
