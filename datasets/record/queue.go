package record

import (
	"errors"
	"fmt"

	"trailblazer/datasets/traj"
)

// queue is the episodes that wait for a data set's writer.
type queue struct {
	dataset  string
	writer   Writer
	release  func()
	episodes []*traj.Episode
	// refused says which episodes the writer will never take, since somebody
	// was told.
	refused error
}

// add hands the episodes to the writer. It drops those that the writer refuses
// (their rewards are no numbers, say), and keeps those that can't be written
// now, which the error is about.
func (q *queue) add() error {
	for k, e := range q.episodes {
		added, err := q.writer.Add(e)
		switch {
		case added || err == nil: // It lies in a journal, whatever else has failed.
		case isRefusal(err):
			q.refused = errors.Join(q.refused, fmt.Errorf("data set %q refuses episode %s: %w", q.dataset, e.Source, err))
		default:
			q.episodes = q.episodes[k:]
			return fmt.Errorf("%d recorded episodes wait to be written: %w", len(q.episodes), named(q.dataset, err))
		}
	}
	clear(q.episodes)
	q.episodes = q.episodes[:0]
	return nil
}

// flush adds what waits, and tells what went wrong since the last time.
func (q *queue) flush() error {
	if len(q.episodes) == 0 && q.refused == nil {
		return nil
	}
	err := errors.Join(q.add(), q.refused)
	q.refused = nil
	return err
}

// finish is flush for the last time: once nothing waits, the data set is let
// go.
func (q *queue) finish() error {
	err := q.flush()
	if len(q.episodes) == 0 {
		q.release()
	}
	return err
}
