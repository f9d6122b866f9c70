package traj

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"unsafe"

	"trailblazer/api/env"
)

// drawEpisode makes an episode of random values: any bits that the types allow,
// lists that may be empty, rewards that are numbers.
func drawEpisode(random *rand.Rand, schema *Schema, steps int) *Episode {
	e := schema.newEpisode()
	e.Policy, e.Scenario, e.ScenarioHash = "random", testSpec().Scenario, testSpec().ContentHash
	e.PolicySeed = random.Uint64()
	if random.IntN(2) == 0 {
		e.Policy, e.Policies = "bba+mpc", []string{"mpc", "bba"}
	}
	if random.IntN(2) == 0 {
		e.Seed, e.Seeded = random.Uint64(), true
	} else {
		e.Start = []byte(fmt.Sprint(random.Uint64()))
	}
	if random.IntN(3) == 0 {
		e.ResetOptions = json.RawMessage(`{"start":1}`)
	}
	drawRows(random, e.Steps, steps)
	drawRows(random, e.Initial, 1)
	drawRows(random, e.Final, 1)
	for i, f := range schema.Fields {
		v := &e.Steps.Values[i]
		switch f.Name {
		case FieldStep:
			for k := range Of[int32](v) {
				Of[int32](v)[k] = int32(k)
			}
		case FieldPolicy:
			for k := range Of[int32](v) {
				Of[int32](v)[k] = int32(random.IntN(max(1, len(e.Policies))))
			}
		case FieldTerminated, FieldTruncated:
			clear(v.Data)
			v.Data[steps-1] = byte(random.IntN(2))
		case FieldReward:
			for k := range Of[float64](v) {
				Of[float64](v)[k] = random.NormFloat64()
			}
		}
	}
	e.finish()
	return e
}

// numbered makes the episode that stands for a number in tests.
func numbered(schema *Schema, id int) *Episode {
	random := rand.New(rand.NewPCG(uint64(id), 11))
	e := drawEpisode(random, schema, 1+random.IntN(8))
	e.Source = strconv.Itoa(id)
	return e
}

func drawRows(random *rand.Rand, f *Frame, rows int) {
	for i, field := range f.Fields {
		v, n := &f.Values[i], field.Leaf.Elements()
		for range rows {
			inner := 1
			if field.Leaf.Ragged {
				inner = random.IntN(4)
			}
			var row []byte
			for range inner * n {
				row = appendElement(row, random, field.Leaf.DType)
			}
			v.appendRow(row, field.Leaf.RowBytes())
		}
	}
	f.Rows = rows
}

func appendElement(row []byte, random *rand.Rand, dtype env.DType) []byte {
	x := random.NormFloat64() * math.Pow(10, float64(random.IntN(6)))
	if random.IntN(40) == 0 {
		x = []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}[random.IntN(4)]
	}
	switch dtype {
	case env.Bool:
		return append(row, byte(random.IntN(2)))
	case env.Int8, env.Uint8:
		return append(row, byte(random.Uint32()))
	case env.Int32:
		return appendBits(row, int32(random.Uint32()))
	case env.Int64:
		return appendBits(row, int64(random.Uint64()))
	case env.Float32:
		return appendBits(row, float32(x))
	}
	return appendBits(row, x)
}

func appendBits[T env.Element](row []byte, x T) []byte {
	return append(row, unsafe.Slice((*byte)(unsafe.Pointer(&x)), unsafe.Sizeof(x))...)
}
