"""Read an event log in the plainest way and print the jobs in it as JSON, to
compare the importer with.

    python expect.py app-4.jsonl > app-4.expected.json
"""

import gzip
import json
import sys


def main():
    opener = gzip.open if sys.argv[1].endswith(".gz") else open
    with opener(sys.argv[1], "rt") as f:
        events = [json.loads(line) for line in f]
    for place, e in enumerate(events):
        e["place"] = place
        e["Event"] = e["Event"].split(".")[-1]
    print("[" + ",\n".join(json.dumps(j) for j in jobs(events)) + "]")


def of(events, name):
    return [e for e in events if e["Event"] == "SparkListener" + name]


def jobs(events):
    starts = of(events, "JobStart")
    ends = {e["Job ID"]: e for e in of(events, "JobEnd")}
    tasks = with_slots(events)
    queries = {}
    for s in starts:
        query = s["Properties"].get("spark.sql.execution.root.id")
        queries.setdefault(("query", query) if query else ("job", s["Job ID"]), []).append(s)
    found = [job(starts, [ends[s["Job ID"]] for s in starts], tasks) for starts in queries.values()]
    found = [j for j in found if j]
    for j in reversed(found):
        j["at_ms"] -= found[0]["at_ms"]
    return found


def with_slots(events):
    """All attempts, each with the lowest core that was free at its launch, or
    the core that was to be free next."""
    cores = {e["Executor ID"]: e["Executor Info"]["Total Cores"] for e in of(events, "ExecutorAdded")}
    free_at = {name: [0] * n for name, n in cores.items()}
    tasks = of(events, "TaskEnd")
    for t in sorted(tasks, key=lambda t: (t["Task Info"]["Launch Time"], t["Task Info"]["Task ID"])):
        info = t["Task Info"]
        free = free_at[info["Executor ID"]]
        idle = [c for c, ms in enumerate(free) if ms <= info["Launch Time"]]
        core = idle[0] if idle else free.index(min(free))
        free[core] = info["Finish Time"]
        t["slot"] = (info["Executor ID"], core)
    return tasks


def job(starts, ends, tasks):
    if ends[-1]["Job Result"]["Result"] != "JobSucceeded":
        return None
    infos = {s["Stage ID"]: s for start in starts for s in start["Stage Infos"]}
    job_of = {s: i for i, start in reversed(list(enumerate(starts))) for s in start["Stage IDs"]}

    # The first success of every partition, in the order of launches.
    counted = {}
    for t in tasks:
        if t["Stage ID"] in infos and t["Task End Reason"]["Reason"] == "Success":
            counted.setdefault((t["Stage ID"], t["Task Info"]["Partition ID"]), t)
    counted = sorted(counted.values(), key=lambda t: (t["Task Info"]["Launch Time"], t["Task Info"]["Task ID"]))
    ran = sorted({t["Stage ID"] for t in counted})

    stages = {s: {"id": s, "tasks": 0, "parents": set(), "fresh": [], "first": [], "rest": []} for s in ran}
    seen = set()
    for t in counted:
        slot, stage = t["slot"], t["Stage ID"]
        wave = "rest" if (slot, stage) in seen else "first" if slot in seen else "fresh"
        seen |= {slot, (slot, stage)}
        stages[stage][wave].append(t["Task Info"]["Finish Time"] - t["Task Info"]["Launch Time"])
        stages[stage]["tasks"] += 1

    # Spark's dependencies, through stages that were skipped.
    rdds = {s: sorted(r["RDD ID"] for r in i["RDD Info"]) for s, i in infos.items()}

    def ran_for(stage):
        if stage in ran:
            return {stage}
        twins = [s for s in ran if s < stage and rdds[s] == rdds[stage]]
        return {twins[-1]} if twins else set().union(*(ran_for(p) for p in infos[stage]["Parent IDs"]))

    for s in ran:
        stages[s]["parents"] = set().union(*(ran_for(p) for p in infos[s]["Parent IDs"]))

    # Dependencies by time: of all that earlier Spark jobs ended with, what no
    # other path gives.
    own_parents = {s: {p for p in stages[s]["parents"] if job_of[p] == job_of[s]} for s in ran}
    lasts = [s for s in ran if not any(s in own_parents[c] for c in ran)]

    def ancestors(stage):
        return {stage}.union(*(ancestors(p) for p in stages[stage]["parents"]))

    for s in ran:
        if not own_parents[s]:
            earlier = [t for t in lasts if t < s and ends[job_of[t]]["place"] < starts[job_of[s]]["place"]]
            for t in reversed(earlier):
                if t not in ancestors(s):
                    stages[s]["parents"].add(t)

    for s in stages.values():
        s["parents"] = sorted(s["parents"])
    read = sum(t.get("Task Metrics", {}).get("Input Metrics", {}).get("Bytes Read", 0) for t in counted)
    properties = starts[0]["Properties"]
    return {
        "at_ms": starts[0]["Submission Time"],
        "took_ms": max(e["Completion Time"] for e in ends) - starts[0]["Submission Time"],
        "label": properties.get("spark.job.description") or properties["callSite.short"],
        "bytes_read": read,
        "spark_jobs": [s["Job ID"] for s in starts],
        "executors": len({t["slot"] for t in counted}),
        "stages": list(stages.values()),
    }


if __name__ == "__main__":
    main()
