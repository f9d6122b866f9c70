// Package agent lets trained models act in environments.
//
// Its nouns:
//
//   - Run: a trained model, from the directory that it was trained in ([Open]) or
//     in memory ([New]). All policies made from it share its weights.
//   - Policy: a Run in one environment, an env.Policy. It keeps the episode that
//     it plays: keys and values of past steps, and what is left of its goal. It
//     decides together with others of its kind, as env.Joiner says.
//   - Options: how decisions are taken, and what an episode aims at.
//   - Estimator: what tells a model with the condition "value" what the rest of
//     an episode can bring.
//
// # One by one, and together
//
// A decision does not depend on who else is decided for, but for the last bits
// of matrix products, whose sums a backend may order by the number of rows.
package agent
