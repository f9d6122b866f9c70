package checkpoint

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trailblazer/internal/strictjson"
)

// Kind says what a Point tells of.
type Kind string

// The kinds of points.
const (
	// Trained points are means over the steps since the one before.
	Trained Kind = "train"
	// Validated points are of episodes that nothing was learned from.
	Validated Kind = "valid"
)

// Point is what was measured at a step.
type Point struct {
	Kind Kind `json:"kind"`
	// Step counts the optimizer's steps that were done.
	Step  int         `json:"step"`
	Tasks []TaskPoint `json:"tasks,omitempty"`
	// LearningRate and GradNorm, which is that before clipping, are of training.
	LearningRate float64 `json:"learning_rate,omitempty"`
	GradNorm     float64 `json:"grad_norm,omitempty"`
	// Score is what models are chosen by: larger is better. Best says that no
	// step before reached it.
	Score *float64 `json:"score,omitempty"`
	Best  bool     `json:"best,omitempty"`
	// Online is of runs that play to learn, whose steps are iterations.
	Online *Online `json:"online,omitempty"`
	// DataStepsPerSecond counts steps of episodes, and not the optimizer's.
	DataStepsPerSecond float64 `json:"data_steps_per_second,omitempty"`
	// Seconds is how long the run has been trained in all.
	Seconds float64 `json:"seconds"`
}

// Online is what was played and learned in the iterations since the point
// before: means, but for counts. What a stage does not measure is left out.
type Online struct {
	Stage     string `json:"stage"`
	Algorithm string `json:"algorithm"`
	// EnvironmentSteps counts all that the run has played.
	EnvironmentSteps int `json:"environment_steps"`
	// Episodes counts those that have ended; Return and Length are their means,
	// in the environment's own reward and in steps.
	Episodes int      `json:"episodes"`
	Return   *float64 `json:"return,omitempty"`
	Length   *float64 `json:"length,omitempty"`
	// Reward is the mean of a step, as it is learned from.
	Reward *float64 `json:"reward,omitempty"`
	// Policy and Value are the losses of policy and critic.
	Policy *float64 `json:"policy_loss,omitempty"`
	Value  *float64 `json:"value_loss,omitempty"`
	// Entropy is the policy's, in nats; KL how far an update moves it; Clipped the
	// share of ratios beyond the clip; Explained the share of the returns' variance
	// that the critic knew.
	Entropy   *float64 `json:"entropy,omitempty"`
	KL        *float64 `json:"kl,omitempty"`
	Clipped   *float64 `json:"clipped,omitempty"`
	Explained *float64 `json:"explained_variance,omitempty"`
	// Anchor is how far the policy is from the one that it is held near, in nats.
	Anchor *float64 `json:"anchor,omitempty"`
	// CriticNorm is that of the critic's gradients, before clipping.
	CriticNorm *float64 `json:"critic_grad_norm,omitempty"`
	// Beta is how often the expert acts.
	Beta float64 `json:"beta,omitempty"`
	// Recorded counts the steps that lie in the run's own data set.
	Recorded int `json:"recorded_steps,omitempty"`
}

// TaskPoint is what was measured of one task.
type TaskPoint struct {
	Task string `json:"task"`
	// Batches is how many the loss is a mean over: in training, one for each update.
	// Without any there is no loss.
	Batches int     `json:"batches,omitempty"`
	Loss    float64 `json:"loss"`
	// Accuracy is the share of steps whose best choice was the target's.
	Accuracy float64 `json:"accuracy,omitempty"`
	// Parts are those of the loss, where it has several.
	Parts []Part `json:"parts,omitempty"`
	// Scenarios are those that the model played.
	Scenarios []Played `json:"scenarios,omitempty"`
}

// MarshalJSON leaves out a loss that was not measured.
func (t TaskPoint) MarshalJSON() ([]byte, error) {
	type plain TaskPoint // It has no MarshalJSON.
	if t.Batches > 0 || t.Loss != 0 {
		return json.Marshal(plain(t))
	}
	return json.Marshal(struct {
		plain
		Loss *float64 `json:"loss,omitempty"`
	}{plain: plain(t)})
}

// Part is a part of a loss.
type Part struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Played is what a model reached in a scenario.
type Played struct {
	Scenario string  `json:"scenario"`
	Metric   string  `json:"metric"`
	Value    float64 `json:"value"`
	// Score is 0 for a floor and 100 for a ceiling.
	Score    float64 `json:"score"`
	Episodes int     `json:"episodes"`
}

// Metrics is metrics.jsonl, to be added to.
type Metrics struct {
	path string
	file *os.File
	size int64
}

// Metrics opens metrics.jsonl after its first bytes; what lies beyond is cut
// off.
func (d *Directory) Metrics(size int64) (*Metrics, error) {
	path := filepath.Join(d.path, metricsFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	m := &Metrics{path: path, file: file, size: size}
	if err := m.cut(); err != nil {
		file.Close()
		return nil, err
	}
	return m, nil
}

func (m *Metrics) cut() error {
	info, err := m.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < m.size {
		return fmt.Errorf("%s has %d bytes, and had %d when the run was stopped: bring it back from a copy, or train anew in another directory", m.path, info.Size(), m.size)
	}
	return m.file.Truncate(m.size)
}

// Append adds a line.
func (m *Metrics) Append(p *Point) error {
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("%s: step %d: %w", m.path, p.Step, err)
	}
	line = append(line, '\n')
	if _, err := m.file.WriteAt(line, m.size); err != nil {
		return fmt.Errorf("%s can't be written: %w; make room, and give the same command again", m.path, err)
	}
	m.size += int64(len(line))
	return nil
}

// Sync brings all lines to the disk and returns how many bytes they are.
func (m *Metrics) Sync() (int64, error) { return m.size, m.file.Sync() }

// Close closes the file.
func (m *Metrics) Close() error { return m.file.Close() }

// ReadMetrics reads metrics.jsonl of a run; there are no points where there is
// no such file. A last line that a killed process has not finished is left out.
func ReadMetrics(dir string) ([]Point, error) {
	path := filepath.Join(dir, metricsFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	points, err := parseMetrics(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return points, nil
}

func parseMetrics(data []byte) ([]Point, error) {
	var points []Point
	reader := bufio.NewReader(bytes.NewReader(data))
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return points, nil // no more, or the unfinished last one
		}
		var p Point
		if err := strictjson.Decode(line, &p, true); err != nil {
			return nil, fmt.Errorf("line %d: %w; it is damaged", number, err)
		}
		if p.Kind != Trained && p.Kind != Validated {
			return nil, fmt.Errorf("line %d: its kind is %q, neither %q nor %q; it is damaged", number, p.Kind, Trained, Validated)
		}
		points = append(points, p)
	}
}
