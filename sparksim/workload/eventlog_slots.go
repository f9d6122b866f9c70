package workload

import (
	"cmp"
	"container/heap"
	"slices"
)

// assignSlots gives every task a slot: the lowest of its executor that is free
// when the task is launched. Slots have numbers of their own over all
// executors.
//
// Spark notes the end of a task some milliseconds after it launched the next
// on the same core. A task that finds no free slot gets the one whose task
// ends first.
func (p *eventLogParser) assignSlots() {
	byExecutor := make([][]int32, len(p.executors))
	for i := range p.tasks {
		e := p.tasks[i].executor
		byExecutor[e] = append(byExecutor[e], int32(i))
	}
	used := int32(0)
	for e, tasks := range byExecutor {
		slices.SortStableFunc(tasks, func(a, b int32) int {
			x, y := &p.tasks[a], &p.tasks[b]
			return cmp.Or(cmp.Compare(x.launchMs, y.launchMs), cmp.Compare(x.id, y.id))
		})
		executor := &p.executors[e]
		// An executor that the log doesn't announce has as many slots as it
		// had tasks at once.
		most := len(tasks)
		if executor.cores > 0 {
			most = max(executor.cores/p.taskCPUs, 1)
		}
		var free, busy eventLogHeap
		for _, i := range tasks {
			task := &p.tasks[i]
			for len(busy) > 0 && busy[0].untilMs <= task.launchMs {
				done := heap.Pop(&busy).(eventLogSlot)
				heap.Push(&free, eventLogSlot{slot: done.slot})
			}
			switch {
			case len(free) > 0:
				task.slot = heap.Pop(&free).(eventLogSlot).slot
			case executor.slots < most:
				task.slot = used + int32(executor.slots)
				executor.slots++
			default:
				task.slot = heap.Pop(&busy).(eventLogSlot).slot
			}
			heap.Push(&busy, eventLogSlot{untilMs: task.finishMs, slot: task.slot})
		}
		used += int32(executor.slots)
	}
}

// mostSlots is how many slots there were at once.
func (p *eventLogParser) mostSlots() int {
	now, most := 0, 0
	here := make([]bool, len(p.executors))
	for _, i := range p.announced {
		came := i >= 0
		if !came {
			i = ^i
		}
		if here[i] == came {
			continue
		}
		here[i] = came
		slots := max(p.executors[i].cores/p.taskCPUs, 1)
		if !came {
			slots = -slots
		}
		now += slots
		most = max(most, now)
	}
	return most
}

// eventLogSlot is a slot that is busy for some time. Slots are ordered by
// that time, then by number.
type eventLogSlot struct {
	untilMs int64
	slot    int32
}

type eventLogHeap []eventLogSlot

func (h eventLogHeap) Len() int { return len(h) }
func (h eventLogHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].untilMs, h[j].untilMs), cmp.Compare(h[i].slot, h[j].slot)) < 0
}
func (h eventLogHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventLogHeap) Push(x any)   { *h = append(*h, x.(eventLogSlot)) }
func (h *eventLogHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
