// Package envserver serves environments over Connect, gRPC and gRPC-Web, as
// declared by api/trailblazer/v1.
//
// Its nouns:
//
//   - [Server] answers the calls of EnvService for one env.Catalog. [Options]
//     sets its limits; the zero value is useful.
//   - A session is a vector of environments with an owner, a lease and the
//     reply to its last call. Sessions live in the server's table, whatever
//     happens to the connections that use them. Those that ask for it are
//     recorded, by the env.Recorder of the options.
//   - A [Service] is served beside EnvService, on the same terms: packages
//     experience and decision have one each.
//   - [Token] lets an owner in. Without tokens everybody is "anonymous".
//
// A call goes through the HTTP layer (CORS, bearer token, metrics, log), the
// edge validation of the messages, and a handler that decodes, calls and
// encodes. One function, rpcError, turns errors into RPC codes.
//
// DESIGN.md says how replies share memory with sessions, and why.
package envserver
