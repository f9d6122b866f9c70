package schedule

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"trailblazer/internal/setting"
)

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		name   string
		series Series
		field  string // "" if the series is valid
	}{
		{"constant", Constant(5), ""},
		{"constant with its time", Series{AtMs: []float64{0}, Values: []float64{5}}, ""},
		{"lowest and highest", Series{AtMs: []float64{0, 1}, Values: []float64{0, 10}}, ""},
		{"last possible time", Series{AtMs: []float64{0, MaxMs}, Values: []float64{0, 10}}, ""},
		{"period", Series{AtMs: []float64{0, 1}, Values: []float64{0, 10}, PeriodMs: 2}, ""},
		{"constant with a period", Series{Values: []float64{1}, PeriodMs: 1}, ""},
		{"steps of 1 ms, rounded", Series{AtMs: []float64{0, 0.1 + 0.2 + 0.7, 2}, Values: []float64{1, 2, 3}}, ""},

		{"nothing", Series{}, "x.values"},
		{"times only", Series{AtMs: []float64{0}}, "x.values"},
		{"period only", Series{PeriodMs: 5}, "x.values"},
		{"values without times", Series{Values: []float64{1, 2}}, "x.at_ms"},
		{"fewer times than values", Series{AtMs: []float64{0}, Values: []float64{1, 2}}, "x.at_ms"},
		{"more times than values", Series{AtMs: []float64{0, 1}, Values: []float64{1}}, "x.at_ms"},
		{"too low", Series{Values: []float64{-1}}, "x.values[0]"},
		{"too high", Series{AtMs: []float64{0, 1}, Values: []float64{1, 11}}, "x.values[1]"},
		{"NaN", Series{Values: []float64{nan}}, "x.values[0]"},
		{"infinite", Series{Values: []float64{inf}}, "x.values[0]"},
		{"negative infinite", Series{Values: []float64{-inf}}, "x.values[0]"},
		{"late beginning", Series{AtMs: []float64{1}, Values: []float64{1}}, "x.at_ms[0]"},
		{"NaN beginning", Series{AtMs: []float64{nan}, Values: []float64{1}}, "x.at_ms[0]"},
		{"equal times", Series{AtMs: []float64{0, 5, 5}, Values: []float64{1, 2, 3}}, "x.at_ms[2]"},
		{"falling times", Series{AtMs: []float64{0, 5, 4}, Values: []float64{1, 2, 3}}, "x.at_ms[2]"},
		{"NaN time", Series{AtMs: []float64{0, nan, 4}, Values: []float64{1, 2, 3}}, "x.at_ms[1]"},
		{"time too late", Series{AtMs: []float64{0, MaxMs + 1}, Values: []float64{1, 2}}, "x.at_ms[1]"},
		{"infinite time", Series{AtMs: []float64{0, inf}, Values: []float64{1, 2}}, "x.at_ms[1]"},
		{"negative infinite time", Series{AtMs: []float64{0, -inf}, Values: []float64{1, 2}}, "x.at_ms[1]"},
		{"step of less than 1 ms", Series{AtMs: []float64{0, 0.5}, Values: []float64{1, 2}}, "x.at_ms[1]"},
		{"period at the last step", Series{AtMs: []float64{0, 5}, Values: []float64{1, 2}, PeriodMs: 5}, "x.period_ms"},
		{"period just after it", Series{AtMs: []float64{0, 5}, Values: []float64{1, 2}, PeriodMs: 5.5}, "x.period_ms"},
		{"negative period", Series{Values: []float64{1}, PeriodMs: -5}, "x.period_ms"},
		{"NaN period", Series{Values: []float64{1}, PeriodMs: nan}, "x.period_ms"},
		{"infinite period", Series{Values: []float64{1}, PeriodMs: inf}, "x.period_ms"},
		{"negative infinite period", Series{Values: []float64{1}, PeriodMs: -inf}, "x.period_ms"},
		{"too many", Series{AtMs: make([]float64, maxSteps+1), Values: make([]float64, maxSteps+1)}, "x.values"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.series.Validate("x", 0, 10)
			if test.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *setting.Error
			if !errors.As(err, &refused) || refused.Field != test.field || refused.Remedy == "" {
				t.Fatalf("Validate() = %v, want a *setting.Error of %s", err, test.field)
			}
		})
	}
}

func TestValidateSaysWhatToDo(t *testing.T) {
	series := Series{AtMs: []float64{0, 40}, Values: []float64{1, 2}, PeriodMs: 40}
	const want = "rate_kbps.period_ms: 40 does not come after the last step; give at least 41, or 0 for a series that does not repeat"
	if err := series.Validate("rate_kbps", 0, 10); err == nil || err.Error() != want {
		t.Errorf("Validate() = %v\nwant %s", err, want)
	}
}

func TestCursor(t *testing.T) {
	const ms = time.Millisecond
	once := Series{AtMs: []float64{0, 10, 20}, Values: []float64{1, 2, 3}}
	again := Series{AtMs: []float64{0, 10, 20}, Values: []float64{1, 2, 3}, PeriodMs: 25}
	joined := Series{AtMs: []float64{0, 10, 20}, Values: []float64{1, 1, 3}}
	for _, test := range []struct {
		name   string
		series Series
		at     time.Duration
		value  float64
		until  time.Duration
	}{
		{"beginning", once, 0, 1, 10 * ms},
		{"just before a step", once, 10*ms - 1, 1, 10 * ms},
		{"at a step", once, 10 * ms, 2, 20 * ms},
		{"the last value", once, 20 * ms, 3, Never},
		{"for ever", once, 1 << 60, 3, Never},
		{"before the period ends", again, 25*ms - 1, 3, 25 * ms},
		{"when it ends", again, 25 * ms, 1, 35 * ms},
		{"after a thousand", again, 25_000*ms + 12*ms, 2, 25_020 * ms},
		{"equal neighbours", joined, 3 * ms, 1, 20 * ms},
		{"constant", Constant(7), 5, 7, Never},
		{"constant with a period", Series{Values: []float64{7}, PeriodMs: 3}, 5, 7, Never},
	} {
		t.Run(test.name, func(t *testing.T) {
			cursor := Cursor{Steps: test.series.Compile(1)}
			if value, until := cursor.Seek(test.at); value != test.value || until != test.until {
				t.Errorf("Seek(%v) = %v, %v, want %v, %v", test.at, value, until, test.value, test.until)
			}
		})
	}
}

func TestMean(t *testing.T) {
	const ms = time.Millisecond
	again := Series{AtMs: []float64{0, 10}, Values: []float64{1, 4}, PeriodMs: 40} // 130 in 40 ms
	for _, test := range []struct {
		from, to time.Duration
		want     float64
	}{
		{0, 10 * ms, 1},
		{5 * ms, 15 * ms, 2.5},
		{0, 40 * ms, 3.25},
		{10 * ms, 50 * ms, 3.25},
		{0, 1000 * 40 * ms, 3.25},
		{35 * ms, 85 * ms, (5*4 + 130 + 5*1) / 50.0},
		{0, 30 * 24 * time.Hour, 3.25},
		{3, 4, 1},
	} {
		cursor := Cursor{Steps: again.Compile(2)}
		if got := cursor.Mean(test.from, test.to); math.Abs(got-2*test.want) > 1e-12 {
			t.Errorf("Mean(%v, %v) = %v, want %v", test.from, test.to, got, 2*test.want)
		}
	}
}

// naive reads a series the slow way: from its milliseconds, at every question.
type naive struct{ Series }

// ns are the times of the steps, and the period.
func (n naive) ns() (at []int64, period int64) {
	for i := range n.Values {
		at = append(at, 0)
		if i > 0 {
			at[i] = int64(math.Round(n.AtMs[i] * 1e6))
		}
	}
	return at, int64(math.Round(n.PeriodMs * 1e6))
}

func (n naive) value(now time.Duration) float64 {
	at, period := n.ns()
	t := int64(now)
	if period > 0 {
		t %= period
	}
	value := n.Values[0]
	for i := range at {
		if at[i] <= t {
			value = n.Values[i]
		}
	}
	return value
}

// boundary reports whether the value may change at a time.
func (n naive) boundary(now time.Duration) bool {
	_, period := n.ns()
	return period > 0 && int64(now)%period == 0 || now > 0 && n.value(now) != n.value(now-1)
}

// mean sums up step by step, exactly.
func (n naive) mean(from, to time.Duration) float64 {
	at, period := n.ns()
	sum := new(big.Rat)
	for now := from; now < to; {
		next := int64(to)
		begin := int64(0)
		if period > 0 {
			begin = int64(now) / period * period
			next = min(next, begin+period)
		}
		for _, a := range at {
			if begin+a > int64(now) {
				next = min(next, begin+a)
			}
		}
		value := new(big.Rat).SetFloat64(n.value(now))
		sum.Add(sum, value.Mul(value, new(big.Rat).SetInt64(next-int64(now))))
		now = time.Duration(next)
	}
	mean, _ := sum.Quo(sum, new(big.Rat).SetInt64(int64(to-from))).Float64()
	return mean
}

// check compares a series with the naive model, at times that random chooses.
func check(t *testing.T, series Series, random *rand.Rand) {
	t.Helper()
	model := naive{series}
	steps := series.Compile(1)
	reach := 50 + 3*int64(series.PeriodMs*1e6)
	for _, at := range series.AtMs {
		reach = max(reach, int64(at*2e6))
	}
	cursor := Cursor{Steps: steps}
	now := time.Duration(0)
	for range 60 {
		value, until := cursor.Seek(now)
		if want := model.value(now); value != want {
			t.Fatalf("%+v: at %d Seek returns %v, want %v", series, now, value, want)
		}
		if until <= now {
			t.Fatalf("%+v: at %d, the value holds until %d", series, now, until)
		}
		if until != Never && !model.boundary(until) {
			t.Fatalf("%+v: at %d, the value is said to change at %d", series, now, until)
		}
		probe := now + time.Duration(random.Int64N(max(1, min(reach, int64(until-now)))))
		if got := model.value(probe); got != value {
			t.Fatalf("%+v: at %d, %v is said to hold until %d; at %d it is %v", series, now, value, until, probe, got)
		}
		to := now + 1 + time.Duration(random.Int64N(reach))
		if got, want := cursor.Mean(now, to), model.mean(now, to); math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("%+v: the mean from %d to %d is %v, want %v", series, now, to, got, want)
		}
		// Sometimes go to the very step, or the nanosecond before, or far.
		switch next := random.IntN(8); {
		case next < 2 && until != Never:
			now = until
		case next == 2 && until != Never:
			now = until - 1
		case next == 3:
			now += time.Duration(random.Int64N(10 * reach))
		case next > 3:
			now += time.Duration(random.Int64N(reach/8 + 1))
		}
	}
	highest := math.Inf(-1)
	for _, v := range series.Values {
		highest = max(highest, v)
	}
	if got := steps.Max(); got != highest {
		t.Fatalf("%+v: Max() = %v", series, got)
	}
}

func TestAgainstNaiveModel(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, 0))
	for range 400 {
		check(t, randomSeries(random), random)
	}
}

// randomSeries draws a valid series, of values that are often alike.
func randomSeries(random *rand.Rand) Series {
	var s Series
	at := 0.0
	for range 1 + random.IntN(6) {
		s.AtMs = append(s.AtMs, at)
		s.Values = append(s.Values, float64(random.IntN(3)))
		at += 1 + float64(random.IntN(3))*10*random.Float64()
	}
	if random.IntN(2) == 0 {
		s.PeriodMs = at
	}
	return s
}

func FuzzSeries(f *testing.F) {
	for _, text := range []string{
		`{"values":[3]}`, `{"at_ms":[0,5,9],"values":[1,2,0]}`, `{"at_ms":[0,5],"values":[1,2],"period_ms":6.5}`,
		`{"at_ms":[0,2592000000],"values":[1,2]}`, `{"values":[1],"period_ms":1}`, `{"at_ms":[0,1.0000004],"values":[1e300,5e-324]}`,
	} {
		f.Add([]byte(text), uint64(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		var series Series
		if json.Unmarshal(text, &series) != nil || len(series.Values) > 100 || series.Validate("x", -1e9, 1e9) != nil {
			return
		}
		check(t, series, rand.New(rand.NewPCG(seed, 0)))
	})
}
