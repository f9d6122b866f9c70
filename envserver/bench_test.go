package envserver

import (
	"context"
	"fmt"
	"testing"

	"connectrpc.com/connect"
	"connectrpc.com/validate"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// BenchmarkValidation shows what the edge validation adds to a step.
func BenchmarkValidation(b *testing.B) {
	factory, err := new(testenv.Catalog).Factory(testenv.Flat, "", nil)
	if err != nil {
		b.Fatal(err)
	}
	leaves := env.Leaves(factory.Spec().Action)
	for _, n := range []int{1, 256, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			request := connect.NewRequest(&trailblazerv1.StepRequest{
				SessionId: NewID(), Action: wire.Copy(leaves, env.NewArrays(leaves, n), n),
			})
			response := connect.NewResponse(&trailblazerv1.StepResponse{})
			call := validate.NewInterceptor().WrapUnary(func(context.Context, connect.AnyRequest) (connect.AnyResponse, error) {
				return response, nil
			})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := call(b.Context(), request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStep steps a session and encodes the reply, without HTTP.
func BenchmarkStep(b *testing.B) {
	for _, n := range []uint32{1, 16, 256, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			step := newStepper(b, testenv.Flat, n)
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}
