package record_test

import (
	"fmt"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/datasets/record"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
)

// BenchmarkStep steps vectors of ABR, with and without a recording into files.
func BenchmarkStep(b *testing.B) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1, 256} {
		for _, recorded := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/recorded=%v", n, recorded), func(b *testing.B) {
				v, err := vector.New(factory, n, env.NextStep, nil)
				if err != nil {
					b.Fatal(err)
				}
				defer v.Close()
				recording := env.Recording(none{})
				if recorded {
					recording = begin(b, v)
				}
				seeds := env.ResetOptions{Seeds: []uint64{1}}
				shown, err := v.Reset(seeds)
				if err != nil {
					b.Fatal(err)
				}
				recording.Reset(&seeds, shown)
				action := env.NewArrays(env.Leaves(v.Spec().Action), n)
				levels := env.All[int64](&action[0])
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					for k := range levels {
						levels[k] = int64((i + k) % 6)
					}
					if err := recording.Ready(); err != nil {
						b.Fatal(err)
					}
					out, err := v.Step(action)
					if err != nil {
						b.Fatal(err)
					}
					recording.Step(action, out)
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
			})
		}
	}
}

func begin(b *testing.B, v *vector.Local) env.Recording {
	w, err := traj.Create(b.TempDir(), v.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	recorder := record.New(func(_, _ string, _ *env.Spec) (record.Writer, func(), error) { return w, func() {}, nil })
	recording, err := recorder.Record(v, env.RecordOptions{Dataset: "d", Source: "b"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := recording.Close(); err != nil {
			b.Error(err)
		}
		if err := w.Close(); err != nil {
			b.Error(err)
		}
	})
	return recording
}

// none records nothing.
type none struct{}

func (none) Ready() error                        { return nil }
func (none) Reset(*env.ResetOptions, *env.Batch) {}
func (none) Step(env.Arrays, *env.Transition)    {}
func (none) Restore(*env.Batch)                  {}
func (none) Close() error                        { return nil }
