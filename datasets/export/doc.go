// Package export writes data sets of trajectories in other people's formats.
//
// The nouns:
//
//   - [Options]: which episodes.
//   - [D4RL]: NumPy archives with the arrays of D4RL's data sets.
//   - [CSV]: a table with a row for every step.
//
// Both read each row group once and hold one of them in memory.
//
// # D4RL archives
//
// With N steps of E episodes, one after another:
//
//	observations, next_observations   (N, ...)  before and after the step
//	actions                           (N, ...)
//	rewards                           (N,) float64
//	terminals                         (N,) bool, the environment's terminated
//	timeouts                          (N,) bool, the last step of an episode that
//	                                  did not terminate: truncated, or left
//	masks/NAME, next_masks/NAME       (N, ...) legal actions
//	infos/NAME                        (N, ...) after the step
//	expert/action, expert/value, ...  (N, ...) where there are labels
//	episode, step, policy, explored, return_to_go   (N,)
//	metadata/...                      texts: environment, scenarios, policies
//	                                  (which policy counts), and names of what
//	                                  observations and actions hold
//
// A space of one array keeps its shape. One of several is flattened into rows of
// numbers, in the order of metadata/observations, without one-hot codes; types
// that differ become int64, float32 or float64, whichever holds all.
//
// What differs in length from state to state, as the graphs of cluster
// scheduling, is packed: observations/NAME/values has the rows of all N+E states
// (those before the steps of an episode, then the last), and
// observations/NAME/offsets, int64 of N+E+1, says where each begins. states,
// int64 of N, is the state before each step, and states+1 the one after it.
// masks of differing length are packed alike.
package export
