"""Run a small Spark application and write its event log, made small and free
of what belongs to the machine.

    python make.py CORES OUT

OUT ends in .gz for a compressed log. Needs Java 17 and pyspark; README.md
says which version made the logs here.
"""

import glob
import gzip
import json
import os
import sys
import tempfile
import threading
import time

from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def main():
    cores, out = int(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as work:
        os.makedirs(f"{work}/log")
        spark = session(cores, work)
        queries(spark, work)
        spark.stop()
        with open(glob.glob(f"{work}/log/*")[0]) as log:
            lines = list(sanitised(log))
        check(lines)
    opener = gzip.open if out.endswith(".gz") else open
    with opener(out, "wt") as f:
        f.writelines(line + "\n" for line in lines)


def session(cores, work):
    return (
        SparkSession.builder.master(f"local[{cores},2]")  # a task may fail once
        .appName("eventlog-fixture")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", f"{work}/log")
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.rolling.enabled", "false")
        .config("spark.local.dir", f"{work}/local")
        .config("spark.sql.warehouse.dir", f"{work}/warehouse")
        .config("spark.ui.enabled", "false")
        # The shapes of the jobs must not depend on the cores.
        .config("spark.default.parallelism", "6")
        .config("spark.sql.shuffle.partitions", "5")
        .config("spark.sql.adaptive.coalescePartitions.enabled", "false")
        .getOrCreate()
    )


def queries(spark, work):
    sc = spark.sparkContext
    sc.setLogLevel("OFF")

    def describe(text):
        sc.setJobDescription(text)

    # Files to read, so that there are input bytes.
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    describe("write orders")
    orders = spark.range(0, 60000, 1, 6).select(
        "id", (F.col("id") % 40).alias("customer"), (F.col("id") * 7 % 1000).alias("price")
    )
    orders.write.parquet(f"{work}/orders")
    describe("read footers")
    orders = spark.read.parquet(f"{work}/orders")
    customers = spark.range(0, 40, 1, 2).select(F.col("id").alias("customer"), (F.col("id") % 5).alias("nation"))

    # One Spark job a query: aggregation, and a join of two shuffles.
    describe("revenue by customer")
    orders.groupBy("customer").agg(F.sum("price")).collect()
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    describe("revenue by nation")
    orders.join(customers, "customer").groupBy("nation").agg(F.sum("price")).collect()

    # Adaptive execution: every shuffle and broadcast is a Spark job.
    spark.conf.set("spark.sql.adaptive.enabled", "true")
    describe("revenue by nation, adaptive")
    orders.join(customers, "customer").groupBy("nation").agg(F.sum("price")).orderBy("nation").collect()
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "10MB")
    describe("revenue by nation, broadcast")
    orders.join(customers, "customer").groupBy("nation").agg(F.sum("price")).collect()

    # A shuffle that serves two Spark jobs: the second skips its stage.
    describe(None)
    words = sc.parallelize(range(600), 6).map(lambda i: (i % 7, 1)).reduceByKey(lambda a, b: a + b, 3)
    words.count()
    words.collect()

    # One of its files is lost: a fetch fails, both stages get new attempts.
    describe("lost shuffle file")
    newest = max(glob.glob(f"{work}/local/*/*/shuffle_*.data"), key=os.path.getmtime)
    os.remove(newest)
    words.mapValues(lambda n: n + 1).collect()

    # A task that fails once, and one that fails for good.
    def fail_once(i, rows):
        if i == 1 and TaskContext.get().attemptNumber() == 0:
            raise ValueError("once")
        return rows

    describe("task retried")
    sc.parallelize(range(60), 6).mapPartitionsWithIndex(fail_once).count()

    def fail(rows):
        raise ValueError("always")

    describe("job failed")
    try:
        sc.parallelize(range(4), 2).mapPartitions(fail).count()
    except Exception as e:
        assert "always" in str(e)

    # Two jobs at once.
    def slow(rows):
        time.sleep(0.15)
        return rows

    def at_once(text):
        describe(text)
        sc.parallelize(range(60), 6).mapPartitions(slow).map(lambda i: (i % 3, i)).groupByKey(2).count()

    threads = []
    for text in ["at once, first", "at once, second"]:
        threads.append(threading.Thread(target=at_once, args=[text]))
        threads[-1].start()
        time.sleep(0.05)
    for t in threads:
        t.join()


KEPT_PROPERTIES = ["spark.job.description", "spark.sql.execution.id", "spark.sql.execution.root.id", "callSite.short"]
DROPPED_EVENTS = ["SparkListenerSQLAdaptiveExecutionUpdate", "SparkListenerTaskStart"]
TIMES = ["Timestamp", "Submission Time", "Completion Time", "Launch Time", "Finish Time", "time"]
PLAN = {"nodeName": "plan", "simpleString": "", "children": [], "metadata": {}, "metrics": []}


def sanitised(log):
    """The events without what the importer doesn't read and what belongs to
    the machine: plans, accumulators, most metrics, paths, hosts and users. The
    clock starts at a fixed time."""
    shift = None
    for line in log:
        e = json.loads(line)
        name = e["Event"].split(".")[-1]
        if name in DROPPED_EVENTS:
            continue
        if name == "SparkListenerEnvironmentUpdate":
            conf = e["Spark Properties"]
            kept = ["spark.master", "spark.default.parallelism", "spark.sql.shuffle.partitions"]
            e = {"Event": e["Event"], "JVM Information": {}, "Spark Properties": {k: conf[k] for k in kept}}
            e |= {"Hadoop Properties": {}, "System Properties": {}, "Metrics Properties": {}, "Classpath Entries": {}}
        if name == "SparkListenerSQLExecutionStart":
            e |= {"details": "", "physicalPlanDescription": "", "sparkPlanInfo": PLAN, "modifiedConfigs": {}}
        if name == "SparkListenerDriverAccumUpdates":
            e["accumUpdates"] = []
        if name == "SparkListenerApplicationStart":
            e |= {"User": "user", "App ID": "local-1700000000000"}
        if name == "SparkListenerResourceProfileAdded":
            e["Executor Resource Requests"] = {}
        if shift is None and "Timestamp" in e:
            shift = 1_700_000_000_000 - e["Timestamp"]
        yield json.dumps(without_machine(e, shift), separators=(",", ":"))


def without_machine(x, shift):
    if isinstance(x, list):
        return [without_machine(y, shift) for y in x]
    if not isinstance(x, dict):
        return x
    out = {}
    for key, value in x.items():
        match key:
            case "Accumulables" | "Accumulator Updates" | "Updated Blocks":
                value = []
            case "Task Executor Metrics" | "Shuffle Read Metrics" | "Shuffle Write Metrics" | "Output Metrics":
                continue
            case "Scope" | "Callsite" | "DeterministicLevel" | "Barrier" | "Shuffle Push Enabled" | "Shuffle Push Mergers Count":
                continue
            case "Log Urls" | "Attributes" | "Resources":
                value = {}
            case "RDD Info" if x.get("Submission Time"):
                value = []  # as in the job's start
            case "Task Metrics" if not value["Input Metrics"]["Bytes Read"]:
                continue
            case "Details" | "Full Stack Trace" | "Stack Trace" | "Exception" | "Message" | "Kill Reason":
                value = [] if isinstance(value, list) else ""
            case "Description" | "Failure Reason" | "errorMessage":
                value = value and value.splitlines()[0].split(":")[0]
            case "Host":
                value = "localhost"
            case "Port":
                value = 7000
            case "Properties":
                value = {k: plain(v) for k, v in value.items() if k in KEPT_PROPERTIES}
            case "Stage Name" | "description":
                value = plain(value)
            case "Name" if "RDD ID" in x:
                value = "RDD"
            case _ if key in TIMES and value:
                value += shift
        out[key] = without_machine(value, shift)
    return out


def plain(call_site):
    """A call site without the folder of the program."""
    head, at, file = call_site.partition(" at /")
    return f"{head} at {file.rsplit('/')[-1]}" if at else call_site


def check(lines):
    """Spark's own reader must take every line."""
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    protocol = spark.sparkContext._jvm.org.apache.spark.util.JsonProtocol
    for line in lines:
        protocol.sparkEventFromJson(line)
    spark.stop()


if __name__ == "__main__":
    main()
