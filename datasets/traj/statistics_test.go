package traj

import (
	"math"
	"math/rand/v2"
	"testing"
)

// naive sums up numbers in two passes.
func naive(values []float64) Summary {
	var s Summary
	s.Min, s.Max = math.Inf(1), math.Inf(-1)
	sum := 0.0
	for _, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			s.NotFinite++
			continue
		}
		s.Count++
		s.Min, s.Max = min(s.Min, x), max(s.Max, x)
		sum += x
	}
	if s.Count == 0 {
		return Summary{NotFinite: s.NotFinite}
	}
	s.Mean = sum / float64(s.Count)
	squares := 0.0
	for _, x := range values {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			squares += (x - s.Mean) * (x - s.Mean)
		}
	}
	s.Std = math.Sqrt(squares / float64(s.Count))
	return s
}

// alike allows for the last bits: those of values a long way from zero are as
// large as 2⁻⁵³ of that, whatever they differ by among themselves.
func alike(a, b Summary) bool {
	near := func(x, y float64) bool {
		return math.Abs(x-y) <= 1e-9*max(1e-300, a.Std, math.Abs(y))+16*0x1p-53*math.Abs(b.Mean)
	}
	return a.Count == b.Count && a.NotFinite == b.NotFinite && a.Min == b.Min && a.Max == b.Max && near(a.Mean, b.Mean) && near(a.Std, b.Std)
}

func TestMomentsAgainstTwoPasses(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		elements := 1 + random.IntN(40)
		columns := make([]moments, elements)
		want := make([][]float64, elements)
		for range 1 + random.IntN(4) {
			data := make([]float64, elements*random.IntN(200))
			offset := math.Pow(10, float64(random.IntN(8)))
			for i := range data {
				data[i] = offset + random.NormFloat64()
				if random.IntN(500) == 0 {
					data[i] = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[random.IntN(3)]
				}
				want[i%elements] = append(want[i%elements], data[i])
			}
			addColumns(columns, data)
		}
		for k := range columns {
			if got := columns[k].summary(); !alike(got, naive(want[k])) {
				t.Fatalf("seed %d: %+v, want %+v", seed, got, naive(want[k]))
			}
		}
	}
}

func TestMomentsEdges(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Summary
	}{
		{nil, Summary{}},
		{[]float64{math.NaN()}, Summary{NotFinite: 1}},
		{[]float64{math.NaN(), 3}, Summary{Count: 1, NotFinite: 1, Min: 3, Max: 3, Mean: 3}},
		{[]float64{1e9, 1e9, 1e9}, Summary{Count: 3, Min: 1e9, Max: 1e9, Mean: 1e9}},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, Summary{Count: 2, Min: -math.MaxFloat64, Max: math.MaxFloat64, Std: math.MaxFloat64}},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, Summary{Count: 2, Min: math.MaxFloat64, Max: math.MaxFloat64, Mean: math.MaxFloat64}},
	} {
		var m [1]moments
		addColumns(m[:], c.values)
		if got := m[0].summary(); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.values, got, c.want)
		}
	}
	var flags [2]moments
	addColumns(flags[:], []uint8{1, 0, 1, 1})
	if flags[0].summary().Mean != 1 || flags[1].summary().Mean != 0.5 {
		t.Errorf("shares %+v", flags)
	}
}

// TestStatisticsJoin checks that sums of parts are those of the whole.
func TestStatisticsJoin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	schema, err := NewSchema(testSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	whole, joined := newTally(schema), Statistics{}
	for range 5 {
		part := newTally(schema)
		for range 1 + random.IntN(6) {
			e := drawEpisode(random, schema, 1+random.IntN(30))
			whole.add(e)
			part.add(e)
		}
		s := part.statistics()
		joined.join(&s)
	}
	want := whole.statistics()
	if joined.Episodes != want.Episodes || joined.Steps != want.Steps || joined.Complete != want.Complete || !alike(joined.Return, want.Return) || !alike(joined.Length, want.Length) {
		t.Errorf("%+v, want %+v", joined, want)
	}
	if len(joined.Columns) != len(want.Columns) || len(joined.Policies) != len(want.Policies) {
		t.Errorf("%d columns, want %d", len(joined.Columns), len(want.Columns))
	}
	for name, c := range want.Columns {
		if !alike(joined.Columns[name], c) {
			t.Errorf("%s: %+v, want %+v", name, joined.Columns[name], c)
		}
	}
	for name, c := range want.Policies {
		if got := joined.Policies[name]; got.Episodes != c.Episodes || got.Steps != c.Steps || !alike(got.Return, c.Return) {
			t.Errorf("%s: %+v, want %+v", name, got, c)
		}
	}
}

func BenchmarkTally(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	schema, err := NewSchema(testSpec(), Labels{})
	if err != nil {
		b.Fatal(err)
	}
	e, t := drawEpisode(random, schema, 48), newTally(schema)
	for b.Loop() {
		t.add(e)
	}
	b.ReportMetric(float64(b.N)*48/b.Elapsed().Seconds(), "rows/s")
}
