// Package decision serves policies over RPC: agents that run elsewhere ask them
// what to do.
//
// Its nouns:
//
//   - a [Service], made with [New], whose Mount goes into the Services of a
//     server's options;
//   - a [Policy] is what it serves, by name: a rule or a trained network;
//   - a seat is a policy that acts in N environments, with an owner and a lease,
//     as a session of environments has them. It remembers its episodes, and the
//     reply to its last call, so that a repeated call acts once;
//   - a queue lets those policies decide together that can, as env.Joiner says:
//     what arrives while one batch is decided is the next batch.
//
// The service knows policies only by the contract of package env. Those that plan
// ahead from an environment's state can't be served: nobody sends them one.
package decision
