using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;

namespace Marketplace.Provisioning.Tests;

/// <summary>Stops for money and their proof, on a simulated cluster: what is charged, what is reported, and what comes back.</summary>
public sealed class SuspensionTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(ProductKind.Endpoint)]
    [InlineData(ProductKind.GangJob)]
    [InlineData(ProductKind.Namespace)]
    public async Task What_rests_is_measured_to_its_end_and_again_from_where_it_is_ready(ProductKind product)
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(product);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);

        long generation = await SuspendAsync(house, contract, house.Time.GetUtcNow().AddMinutes(1));
        await house.PhaseAsync(contract, WorkloadPhase.Stopped);
        var proof = await EvidenceAsync(house, contract);
        Assert.Equal((0, 0), (proof.LivingPods, proof.OpenMeters));
        Assert.True(proof.ObservedGeneration >= generation);
        Assert.NotNull(proof.ReportedAt);
        // Asking again asks nothing new.
        Assert.Equal(generation, await SuspendAsync(house, contract, house.Time.GetUtcNow().AddHours(1)));
        house.Time.Ahead(TimeSpan.FromMinutes(10));

        DateTimeOffset end = house.Time.GetUtcNow().AddHours(2);
        await ChangeAsync(house, w => w.ResumeAsync(contract, end, default));
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        await house.StopAsync(contract);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);

        var messages = await house.MessagesAsync(contract);
        Assert.Equal(
            [WorkloadPhase.Ready, WorkloadPhase.Stopped, WorkloadPhase.Ready, WorkloadPhase.Terminated],
            messages
                .OfType<WorkloadChanged>()
                .Select(c => c.Phase)
                .Where(p => p is WorkloadPhase.Ready or WorkloadPhase.Stopped or WorkloadPhase.Terminated)
        );
        var ready = messages.OfType<WorkloadChanged>().Where(c => c.Phase == WorkloadPhase.Ready).Select(c => c.ReadyAt!.Value).ToList();
        // Pods are ready by the cluster's own clock, a namespace by ours, which was set ahead.
        TimeSpan least = product == ProductKind.Namespace ? TimeSpan.FromMinutes(10) : TimeSpan.Zero;
        Assert.True(ready[1] - ready[0] >= least, $"{ready[0]:O} {ready[1]:O}");
        var allocations = messages.OfType<UsageMeasured>().SelectMany(m => m.Allocations).ToLookup(a => a.PodUid, StringComparer.Ordinal);
        Assert.Equal(2, allocations.Count);
        Assert.All(allocations, turn => Assert.True(turn.Last().Final));
        // Ten minutes of rest, and none of them measured.
        Assert.True(allocations.Sum(turn => turn.Last().CardSeconds) < 600);
    }

    [Fact]
    public async Task What_runs_on_after_the_tolerance_is_charged_to_nobody()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Endpoint);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        DateTimeOffset until = house.Time.GetUtcNow().AddSeconds(1);
        // The cluster does not hear of the stop for ten minutes.
        house.Cluster.Partition();
        await StopAsync(house, contract, until);
        house.Time.Ahead(TimeSpan.FromMinutes(10));
        Assert.NotEqual(WorkloadPhase.Terminated, (await house.WorkloadAsync(contract)).Phase);
        house.Cluster.Heal();
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        var last = (await house.MessagesAsync(contract)).OfType<UsageMeasured>().SelectMany(m => m.Allocations).Last();
        Assert.True(last.Final);
        Assert.True(last.To <= until, $"{last.To:O} is after {until:O}");
        Assert.Equal(0, (await EvidenceAsync(house, contract)).LivingPods);
    }

    private static async Task<WorkloadEvidence> EvidenceAsync(ProvisioningHouse house, string contract) =>
        (await house.As<IWorkloads, WorkloadEvidence?>(Actor.System, w => w.EvidenceAsync(contract, default)))!;

    private static Task<long> SuspendAsync(ProvisioningHouse house, string contract, DateTimeOffset chargeUntil) =>
        SavedAsync(house, w => w.SuspendAsync(contract, "unpaid", chargeUntil, default));

    private static Task<long> StopAsync(ProvisioningHouse house, string contract, DateTimeOffset chargeUntil) =>
        SavedAsync(house, w => w.StopAsync(contract, "enough", chargeUntil, default));

    private static Task ChangeAsync(ProvisioningHouse house, Func<IWorkloads, Task> change) =>
        SavedAsync(
            house,
            async w =>
            {
                await change(w);
                return 0;
            }
        );

    private static Task<long> SavedAsync(ProvisioningHouse house, Func<IWorkloads, Task<long>> change) =>
        house.As<ProvisioningHouse.SaveAfter, long>(
            Actor.System,
            async s =>
            {
                long result = await change(s.Workloads);
                await s.Db.SaveChangesAsync();
                return result;
            }
        );
}
