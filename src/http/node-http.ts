/**
 * node:http, not by an import: that reads every export of the module, WebSocket too, for which Node loads a whole HTTP
 * client (undici): 16 MB of resident memory for nothing (Node 26).
 */
export const { Agent, createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http')
