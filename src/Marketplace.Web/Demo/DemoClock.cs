using System.Runtime.CompilerServices;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Web.Demo;

/// <summary>The history's clock: it is set, and then stands.</summary>
internal sealed class DemoClock : TimeProvider
{
    private DateTimeOffset now;

    public void Set(DateTimeOffset to) => now = to;

    public override DateTimeOffset GetUtcNow() => now;
}

/// <summary>For contracts of the past: their workloads ended long ago, so no cluster is told to run them.</summary>
internal sealed class NoWorkloads : IWorkloads
{
    public Task DeployAsync(DeployWorkload request, CancellationToken ct) => Task.CompletedTask;

    public Task DeployManyAsync(IReadOnlyList<DeployWorkload> requests, CancellationToken ct) => Task.CompletedTask;

    public Task StopAsync(string contractId, string reason, CancellationToken ct) => Task.CompletedTask;

    public Task<long> StopAsync(string contractId, string reason, DateTimeOffset chargeUntil, CancellationToken ct) => Task.FromResult(0L);

    public Task<long> SuspendAsync(string contractId, string reason, DateTimeOffset chargeUntil, CancellationToken ct) =>
        Task.FromResult(0L);

    public Task ResumeAsync(string contractId, DateTimeOffset notAfter, CancellationToken ct) => Task.CompletedTask;

    public Task<WorkloadEvidence?> EvidenceAsync(string contractId, CancellationToken ct) => Task.FromResult<WorkloadEvidence?>(null);

    public Task MoveAsync(string contractId, IReadOnlyList<ReplicaAssignment> placements, CancellationToken ct) => Task.CompletedTask;

    public Task ExtendAsync(string contractId, DateTimeOffset notAfter, CancellationToken ct) => Task.CompletedTask;

    public Task<WorkloadView?> FindAsync(string contractId, CancellationToken ct) => Task.FromResult<WorkloadView?>(null);

    public Task<IReadOnlyDictionary<string, WorkloadView>> FindManyAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<string, WorkloadView>>(new Dictionary<string, WorkloadView>(StringComparer.Ordinal));

    public async IAsyncEnumerable<LogLine> LogsAsync(
        string contractId,
        string? pod,
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<Outcome<string>> NamespaceKubeconfigAsync(string contractId, CancellationToken ct) =>
        Task.FromResult(Outcome<string>.Fail(Problem.NotFound("namespace", contractId)));
}
