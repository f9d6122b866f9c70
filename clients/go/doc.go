// Package client drives environments on a Trailblazer server as if they lived
// in this process.
//
// Its nouns:
//
//   - [Client] is a connection to a server, made by [Dial]. It lists
//     environments and makes sessions. It is safe for concurrent use.
//   - [Client.Make] returns an env.Env, a session of one environment without
//     autoreset; where the environment has snapshots, it is an env.Snapshotter
//     too. [Client.MakeVec] returns a [Vector], an env.Vector.
//   - [Client.Policy] returns a [Policy], which asks one that the server has what
//     to do in environments, wherever these run.
//
// Every call has a deadline. Calls that fail on the way are tried again with
// the same index, and the server does each step once, so that a retry never
// steps twice. Errors of the server come back as what they were: a
// *env.FieldError, *env.NotFoundError or *IndexError for errors.As, and
// env.ErrFinished, env.ErrNotReset, env.ErrClosed or env.ErrNoSnapshot for
// errors.Is.
package client
