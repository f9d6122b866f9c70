package kernel_test

import (
	"fmt"
	"math/rand/v2"

	"trailblazer/trainer/kernel"
)

// Learn y = 2·a − b + 0.5 from 64 examples.
func Example() {
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := rand.New(rand.NewPCG(1, 2))
	inputs, targets := make([]float32, 2*64), make([]float32, 64)
	for i := range targets {
		a, b := r.Float32(), r.Float32()
		inputs[2*i], inputs[2*i+1], targets[i] = a, b, 2*a-b+0.5
	}

	var params kernel.Set
	weight, bias := params.New("weight", 1, 2), params.New("bias", 1)
	weight.Normal(r, 0.1)
	bias.NoDecay = true
	optimizer := kernel.NewOptimizer(&params, kernel.AdamW{}, compute)
	schedule := kernel.Schedule{Kind: "cosine", Rate: 0.1, Warmup: 10, Steps: 300}

	tape := kernel.NewTape(compute)
	for step := 1; step <= 300; step++ {
		params.ZeroGrad()
		tape.Begin(kernel.Train, uint64(step))
		x := tape.Input(64, 2, inputs)
		tape.Backward(tape.SquaredError(tape.Linear(x, weight, bias), targets, nil))
		if _, err := kernel.ClipNorm(&params, 1); err != nil {
			fmt.Println(err)
			return
		}
		optimizer.Step(schedule.At(step))
	}
	fmt.Printf("y = %.2f·a + %.2f·b + %.2f\n", weight.Value[0], weight.Value[1], bias.Value[0])
	// Output: y = 2.00·a + -1.00·b + 0.50
}
