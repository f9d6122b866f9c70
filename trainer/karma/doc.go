// Package karma estimates what the rest of a video can bring: Karma's
// QoE-to-go ("Karma: Adaptive Video Streaming via Causal Sequence Modeling",
// MM 2023, section 4.2), which a model with the condition "value" is shown in
// every step.
//
// Its nouns:
//
//   - Estimator: a network of two fully connected layers, from four numbers that
//     any player knows to the sum of rewards that the remaining chunks can bring
//     at best.
//   - Reader: an Estimator that reads what environments of one spec show.
//   - Examples: recorded steps to learn from, and Report how well it was learned.
//   - NewExpert: an expert whose values are an Estimator's, so that a data set's
//     labels are what a player will know. Its actions are another expert's.
//
// # Inputs
//
// They are the mean, in Mbit/s, and the variance of the last S throughputs (S is
// 4; as many as there are at the beginning), the buffer in seconds, and the part
// of the chunks that is still to come. In training the paper gives the mean and
// the variance that a stationary trace was made with; here they are measured
// there too, as a player measures them: a chunk's throughput is a mean over some
// seconds, so that it varies less than the samples of its trace, and what an
// estimator is shown should mean the same in training and in play.
//
// The output is the QoE-to-go times 0.01, as in the paper; the error is its mean
// square.
package karma
