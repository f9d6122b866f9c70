// Package catalog is the one table of environments, scenarios and policies.
// It imports the simulators' adapters and no RPC: the server, the command and
// the trainer find what they play here.
//
// Its nouns: a [Catalog] lists environments and finds their factories and
// policies, and who labels states, an [Expert]; a family is one row of its
// table, the environment of one simulator; a run is a trained model, which is
// named by its directory. A new environment is a new row in families.go.
package catalog
