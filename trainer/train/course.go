package train

import (
	"context"
	"errors"
	"time"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/model"
)

// Course takes a run from where it is to its end, whatever it learns from: it says
// when to write down what was learned, when to validate and when to save, and keeps
// the best model. A [Loop] is one, and so is a run of
// [trailblazer/trainer/online].
type Course struct {
	Plan
	Work
	// Directory is where everything is kept, Run what is written of it.
	Directory *checkpoint.Directory
	Run       *checkpoint.Run
	Model     *model.Model
	Average   *Average
	// Unit is what one step is called, By what models are chosen by.
	Unit, By string
	// State is a pointer to all that Work keeps in a State beside arrays, which is
	// written as JSON. The Marks are in it.
	State any
	Marks *Marks
	// Step counts the steps that are done.
	Step int
	// Cursor is where the next step goes on, in the words of Work.
	Cursor []byte

	metrics *checkpoint.Metrics
	// bytes are those of the metrics that the State counts on.
	bytes     int64
	pace      pace
	saved     time.Time
	validated *checkpoint.Point
}

// Plan says how long a Course is, and when something happens on it.
type Plan struct {
	// Steps are all of them.
	Steps int
	// LogEvery and ValidateEvery are how many steps lie between two points.
	LogEvery, ValidateEvery int
	// Patience ends the run after so many validations without a better model; 0
	// for never.
	Patience int
	// SaveSeconds is how much time lies between two States.
	SaveSeconds float64
}

// Work is what a Course is made of.
type Work struct {
	// Learn does one step, and says how many steps of data it has learned from. One
	// that is interrupted leaves no trace.
	Learn func(ctx context.Context) (steps int, err error)
	// Means are those since the last point, and none from then on.
	Means func() *checkpoint.Point
	// Measure measures the model for a point of validation: its score is nil where
	// nothing is measured, and the last model the best one.
	Measure func(ctx context.Context, point *checkpoint.Point) error
	// Arrays are all that learning changes.
	Arrays func() []checkpoint.Array
	// Keep brings State and Cursor up to date before they are saved, and Kept,
	// which may be nil, is called once they are.
	Keep, Kept func() error
	// Tell, where set, is told of every step and validation.
	Tell func(Standing)
}

// Marks are what is done on a Course.
type Marks struct {
	// Validated is the last step at which the model was validated, Logged that of
	// the last point of training.
	Validated int `json:"validated"`
	Logged    int `json:"logged"`
	// Stale counts the validations since the best.
	Stale int              `json:"stale"`
	Best  *checkpoint.Best `json:"best,omitempty"`
}

// Standing is how far a Course is.
type Standing struct {
	// Step counts the steps that are done.
	Step, Steps int
	// StepsPerSecond are steps of data, learning included.
	StepsPerSecond float64
	Left           time.Duration
	// Validated is the last validation, Best the best one; nil before them.
	Validated *checkpoint.Point
	Best      *checkpoint.Best
	// New says that Validated is news.
	New bool
}

// Train trains until all steps are done, the model gets no better, or ctx ends:
// then the state is saved, and the error is ctx's. So it does when no more data
// comes: the error is then a *DataError. Load comes before it.
func (c *Course) Train(ctx context.Context) (err error) {
	if c.metrics, err = c.Directory.Metrics(c.bytes); err != nil {
		return err
	}
	defer c.metrics.Close()
	c.saved = time.Now()
	c.pace.start(c.pace.before)
	err = c.steps(ctx)
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	var noData *DataError
	switch {
	case err == nil:
	case interrupted, errors.As(err, &noData):
		c.Run.Status = checkpoint.Stopped
	default:
		return err
	}
	if c.Step == 0 {
		// There is nothing to go on from, and another run may begin here.
		return errors.Join(err, c.Directory.Save(c.Run))
	}
	return errors.Join(err, c.save())
}

// due reports whether what is done every so many steps, and last after some step,
// is to be done now.
func (c *Course) due(every, last int) bool {
	return c.Step > 0 && last < c.Step && (c.Step%every == 0 || c.Step == c.Steps)
}

func (c *Course) steps(ctx context.Context) error {
	for {
		if c.due(c.LogEvery, c.Marks.Logged) {
			if err := c.log(); err != nil {
				return err
			}
		}
		if c.due(c.ValidateEvery, c.Marks.Validated) {
			if err := c.validate(ctx); err != nil {
				return err
			}
		}
		switch {
		case c.Step >= c.Steps:
			c.Run.Status = checkpoint.Finished
			return nil
		case c.Patience > 0 && c.Marks.Stale >= c.Patience:
			c.Run.Status = checkpoint.Early
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if c.Step > 0 && time.Since(c.saved).Seconds() >= c.SaveSeconds {
			if err := c.save(); err != nil {
				return err
			}
		}
		n, err := c.Learn(ctx)
		if err != nil {
			return err
		}
		c.Step++
		c.Average.Update(c.Step)
		c.pace.add(n)
		c.tell(nil)
	}
}

// log writes down the means since the last point.
func (c *Course) log() error {
	point := c.Means()
	point.DataStepsPerSecond, point.Seconds = c.pace.speed(), c.pace.seconds()
	c.pace.restart()
	if err := c.metrics.Append(point); err != nil {
		return err
	}
	c.Marks.Logged = c.Step
	return nil
}

// validate measures the model, the averaged one where there is an average, and
// keeps it if it is the best so far. If it is interrupted, nothing is noted: the
// run that goes on does it again.
func (c *Course) validate(ctx context.Context) error {
	c.Average.Swap()
	defer c.Average.Swap()
	point := &checkpoint.Point{Kind: checkpoint.Validated, Step: c.Step}
	if err := c.Measure(ctx, point); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m := c.Marks
	if point.Score == nil || m.Best == nil || *point.Score > *m.Best.Score {
		point.Best = true
		m.Stale = 0
		m.Best = &checkpoint.Best{Step: c.Step, Score: point.Score, By: c.By, Tasks: point.Tasks}
		if err := c.Directory.SaveBest(c.Run, c.Model.Params().Params(), m.Best); err != nil {
			return err
		}
	} else {
		m.Stale++
	}
	m.Validated = c.Step
	point.Seconds = c.pace.seconds()
	if err := c.metrics.Append(point); err != nil {
		return err
	}
	c.tell(point)
	return nil
}

// tell reports how far the run is.
func (c *Course) tell(validated *checkpoint.Point) {
	if c.Tell == nil {
		return
	}
	if validated != nil {
		c.validated = validated
	}
	c.Tell(Standing{Step: c.Step, Steps: c.Steps, StepsPerSecond: c.pace.speed(), Left: c.pace.left(c.Step, c.Steps),
		Validated: c.validated, Best: c.Marks.Best, New: validated != nil})
}
