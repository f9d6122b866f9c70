// Package wire converts between the Go contract (api/env) and the messages of
// api/trailblazer/v1, for the server and for the Go client.
//
// Spaces, specs and catalogs are converted once per session. Tensors are
// converted on every step: [Decode] wraps their bytes without copying, and a
// [Reply] or [Tensors] is filled with slices of the arrays it sends.
package wire
