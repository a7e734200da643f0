using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>
/// Runs a Job: pods in parallel until enough succeeded, a retry with growing delay for each that failed, the back-off limit, the
/// deadline, suspension, indexes, and removal after its time to live. Each finished pod is counted exactly once: it carries a
/// finalizer until its Job has counted it.
/// </summary>
internal sealed class Jobs(ClusterApi api) : PodOwner(api, ResourceCatalog.Jobs)
{
    private const string Tracking = "batch.kubernetes.io/job-tracking";
    private const string IndexAnnotation = "batch.kubernetes.io/job-completion-index";
    private const int MostPerPass = 500;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(6);

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        lock (Store.Gate)
        {
            if (Store.Get(Type, key.Namespace, key.Name) is not { } job)
            {
                // The job is gone, and with it whoever would count its pods.
                ReleaseOrphans(key);
                return null;
            }
            if (job.Terminating)
            {
                PodsOf(job).ForEach(Release);
                return null;
            }
            var tree = job.Open();
            if (Finished(tree))
            {
                PodsOf(job).Where(p => !IsActive(p)).ToList().ForEach(Release);
                return Expire(job, tree);
            }
            return Progress(job, tree);
        }
    }

    private static bool Finished(JsonObject job) => Conditions.Is(job, "Complete") || Conditions.Is(job, "Failed");

    private TimeSpan? Progress(StoredObject job, JsonObject tree)
    {
        var spec = tree.Map("spec")!;
        var status = tree.Map("status")?.Copy() ?? [];
        var indexed = spec.Text("completionMode") == "Indexed";
        var done = CompletedIndexes.Parse(status.Text("completedIndexes"));
        var pods = PodsOf(job);
        long succeeded = status.Whole("succeeded") ?? 0;
        long failed = status.Whole("failed") ?? 0;
        foreach (var pod in pods.Where(p => !IsActive(p) && IsTracked(p)).ToList())
        {
            // A pod that is deleted while it runs has not succeeded; it counts when it is really over.
            if (pod.Terminating && !PodResources.IsFinished(pod) && pod.NodeName.Length > 0 && !IsReleasedByNode(pod))
            {
                continue;
            }
            if (pod.Phase == "Succeeded")
            {
                succeeded += indexed && Index(pod) is { } index && !done.Add(index) ? 0 : 1;
            }
            else if (!spec.Flag("suspend"))
            {
                failed++;
            }
            Release(pod);
        }
        var active = PodsOf(job).Where(IsActive).ToList();
        var suspended = spec.Flag("suspend");
        if (!suspended)
        {
            status.Default("startTime", Json.Time(Now));
        }
        var limit = spec.Whole("backoffLimit") ?? 6;
        var restarts = active.Sum(p => p.Restarts);
        TimeSpan? again = null;
        (string Type, string Reason, string Message)? end = null;
        var completions = spec.Whole("completions");
        if (completions is { } needed ? succeeded >= needed : succeeded > 0 && active.Count == 0)
        {
            end = ("Complete", "CompletionsReached", "Reached expected number of succeeded pods");
        }
        else if (failed > limit || restarts > limit)
        {
            end = ("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        else if (!suspended && spec.Whole("activeDeadlineSeconds") is { } deadline)
        {
            var left = Json.ReadTime(status.Text("startTime"))!.Value.AddSeconds(deadline) - Now;
            end = left <= TimeSpan.Zero ? ("Failed", "DeadlineExceeded", "Job was active longer than specified deadline") : null;
            again = left > TimeSpan.Zero ? left : null;
        }
        if (end is not null || suspended)
        {
            active.ForEach(p => DeletePod(job, p));
            active = [];
        }
        else
        {
            again = Earlier(again, StartMissing(job, spec, status, active, succeeded, failed, done));
            active = [.. PodsOf(job).Where(IsActive)];
        }
        Write(job, tree, status, active, succeeded, failed, indexed ? done : null, end, suspended);
        return again;
    }

    private TimeSpan? StartMissing(
        StoredObject job,
        JsonObject spec,
        JsonObject status,
        List<StoredObject> active,
        long succeeded,
        long failed,
        CompletedIndexes done
    )
    {
        var parallelism = spec.Whole("parallelism") ?? 1;
        var completions = spec.Whole("completions");
        var room =
            completions is { } needed ? Math.Min(parallelism, needed - succeeded)
            : succeeded > 0 ? active.Count
            : parallelism;
        foreach (var excess in active.OrderByDescending(p => p.Version).Take((int)Math.Max(0, active.Count - room)))
        {
            DeletePod(job, excess);
        }
        var missing = (int)Math.Min(MostPerPass, room - active.Count);
        if (missing <= 0)
        {
            return null;
        }
        if (failed > 0 && LastFailure(job, status) is { } last)
        {
            var delay = FirstRetry * Math.Pow(2, Math.Min(16, failed - 1));
            var wait = last + (delay < LongestRetry ? delay : LongestRetry) - Now;
            if (wait > TimeSpan.Zero)
            {
                return wait;
            }
        }
        var template = spec.Map("template")!;
        var taken = active.Select(Index).OfType<long>().ToHashSet();
        long next = 0;
        for (var i = 0; i < missing; i++)
        {
            long? index = null;
            if (spec.Text("completionMode") == "Indexed")
            {
                while (taken.Contains(next) || done.Contains(next))
                {
                    next++;
                }
                index = next++;
            }
            var name = index is null ? null : string.Create(CultureInfo.InvariantCulture, $"{job.Name}-{index}-");
            if (CreatePod(job, template, name, p => Adjust(p, index)) is not null)
            {
                return RefusedRetry;
            }
        }
        return room - active.Count > missing ? TimeSpan.Zero : null;
    }

    private static void Adjust(JsonObject pod, long? index)
    {
        pod.Ensure("metadata").EnsureList("finalizers").Add(Tracking);
        if (index is null)
        {
            return;
        }
        var text = index.Value.ToString(CultureInfo.InvariantCulture);
        pod.Ensure("metadata").Ensure("annotations")[IndexAnnotation] = text;
        pod.Ensure("metadata").Ensure("labels")[IndexAnnotation] = text;
        foreach (var container in pod.Items("spec", "containers").Concat(pod.Items("spec", "initContainers")))
        {
            container.EnsureList("env").Add(new JsonObject { ["name"] = "JOB_COMPLETION_INDEX", ["value"] = text });
        }
    }

    private void Write(
        StoredObject job,
        JsonObject tree,
        JsonObject status,
        List<StoredObject> active,
        long succeeded,
        long failed,
        CompletedIndexes? done,
        (string Type, string Reason, string Message)? end,
        bool suspended
    )
    {
        status["active"] = active.Count;
        status["ready"] = active.Count(IsReady);
        status["succeeded"] = succeeded;
        status["failed"] = failed;
        if (failed > (tree.Whole("status", "failed") ?? 0))
        {
            status["lastFailureTime"] = Json.Time(Now);
        }
        if (done is not null)
        {
            status["completedIndexes"] = done.ToString();
        }
        WriteStatus(
            job,
            t =>
            {
                t["status"] = status;
                if (end is { } over)
                {
                    Conditions.Set(t, over.Type, "True", over.Reason, over.Message, Now);
                    if (over.Type == "Complete")
                    {
                        status["completionTime"] = Json.Time(Now);
                    }
                }
                else if (suspended || Conditions.Find(t, "Suspended") is not null)
                {
                    Conditions.Set(
                        t,
                        "Suspended",
                        suspended ? "True" : "False",
                        suspended ? "JobSuspended" : "JobResumed",
                        suspended ? "Job suspended" : "Job resumed",
                        Now
                    );
                }
            }
        );
        if (end is { } told)
        {
            Record(job, told.Type == "Complete" ? "Normal" : "Warning", told.Type == "Complete" ? "Completed" : told.Reason, told.Message);
        }
    }

    private TimeSpan? Expire(StoredObject job, JsonObject tree)
    {
        if (tree.Whole("spec", "ttlSecondsAfterFinished") is not { } ttl)
        {
            return null;
        }
        var end = Conditions.Find(tree, "Complete") ?? Conditions.Find(tree, "Failed");
        var left = (Json.ReadTime(end.Text("lastTransitionTime")) ?? Now).AddSeconds(ttl) - Now;
        if (left > TimeSpan.Zero)
        {
            return left;
        }
        Api.Delete(Caller.System, job.Type, job.Namespace, job.Name, new DeleteWish { Uid = job.Uid });
        return null;
    }

    private static DateTimeOffset? LastFailure(StoredObject job, JsonObject status) =>
        Json.ReadTime(status.Text("lastFailureTime")) ?? (job.Version > 0 ? Json.ReadTime(status.Text("startTime")) : null);

    private static long? Index(StoredObject pod) =>
        long.TryParse(pod.Labels.GetValueOrDefault(IndexAnnotation), CultureInfo.InvariantCulture, out var index) ? index : null;

    private static bool IsTracked(StoredObject pod) => pod.Finalizers.Contains(Tracking);

    // Grace zero means that the kubelet has confirmed the end, or that somebody forced it.
    private static bool IsReleasedByNode(StoredObject pod) => pod.GraceSeconds == 0;

    private void Release(StoredObject pod) =>
        Api.Change(
            Caller.System,
            pod.Type,
            pod.Namespace,
            pod.Name,
            tree =>
            {
                var list = tree.Ensure("metadata").EnsureList("finalizers");
                foreach (var finalizer in list.Where(f => f?.ToString() == Tracking).ToList())
                {
                    list.Remove(finalizer);
                }
                if (list.Count == 0)
                {
                    tree.Ensure("metadata").Remove("finalizers");
                }
                return tree;
            },
            subresource: null
        );

    private void ReleaseOrphans(ObjectKey key)
    {
        foreach (
            var pod in Store
                .List(ResourceCatalog.Pods, key.Namespace, Selector.Everything)
                .Items.Where(p => Owner(p) == key && IsTracked(p))
        )
        {
            Release(pod);
        }
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) =>
        a is null ? b
        : b is null || a < b ? a
        : b;
}

/// <summary>status.completedIndexes: "0-3,5".</summary>
internal sealed class CompletedIndexes
{
    private readonly SortedSet<long> indexes = [];

    public static CompletedIndexes Parse(string? text)
    {
        var set = new CompletedIndexes();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            var from = long.Parse(ends[0], CultureInfo.InvariantCulture);
            for (var i = from; i <= long.Parse(ends[^1], CultureInfo.InvariantCulture); i++)
            {
                set.indexes.Add(i);
            }
        }
        return set;
    }

    public bool Add(long index) => indexes.Add(index);

    public bool Contains(long index) => indexes.Contains(index);

    public override string ToString()
    {
        var parts = new List<string>();
        long? from = null;
        long last = 0;
        foreach (var index in indexes.Append(long.MaxValue))
        {
            if (from is not null && index != last + 1)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{from}{(from == last ? "" : "-" + last)}"));
                from = null;
            }
            from ??= index;
            last = index;
        }
        return string.Join(',', parts);
    }
}
