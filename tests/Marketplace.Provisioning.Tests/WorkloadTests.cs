using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Features.Sessions;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Provisioning.Tests;

/// <summary>Desired state becomes pods, pods become usage, and usage is told before the end.</summary>
public sealed class WorkloadTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(ProductKind.Job, 2)]
    [InlineData(ProductKind.GangJob, 4)]
    public async Task A_job_runs_is_measured_and_completes_with_its_usage_told_first(ProductKind product, int replicas)
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(product, replicas, runSeconds: 2);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        var messages = await house.MessagesAsync(contract);
        var changes = messages.OfType<WorkloadChanged>().ToList();
        Assert.Contains(changes, c => c.Phase == WorkloadPhase.Ready);
        var end = Assert.Single(changes, c => c.Phase == WorkloadPhase.Terminated);
        Assert.True(end.Completed);
        Assert.Same(end, messages[^1]);
        await AssertMeteredAsync(house, contract, replicas);
    }

    [Theory]
    [InlineData(ProductKind.Endpoint)]
    [InlineData(ProductKind.Namespace)]
    public async Task What_runs_until_stopped_is_measured_until_it_has_stopped(ProductKind product)
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(product, replicas: 2);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        // A namespace is one allocation of its whole quota.
        int allocations = product == ProductKind.Namespace ? 1 : 2;
        await Eventually.HoldsAsync(
            async () =>
                (await house.MessagesAsync(contract))
                    .OfType<UsageMeasured>()
                    .SelectMany(m => m.Allocations)
                    .Where(u => u.CardSeconds > 0)
                    .Select(u => u.PodUid)
                    .Distinct()
                    .Count() == allocations,
            "usage of each while it runs"
        );
        await house.StopAsync(contract);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        var messages = await house.MessagesAsync(contract);
        Assert.IsType<WorkloadChanged>(messages[^1]);
        Assert.False(((WorkloadChanged)messages[^1]).Completed);
        await AssertMeteredAsync(house, contract, allocations);
    }

    [Fact]
    public async Task A_replica_that_is_being_removed_is_measured_until_it_was_asked_to_end()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Endpoint);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        var ready = (await house.WorkloadAsync(contract)).ReadyAt!.Value;
        var replica = new AllocationReading(contract, $"stopping-{contract}", "stopping", "gpu-01", [], 0, 0, ready, FinishedAt: null)
        {
            StoppingSince = ready.AddSeconds(3),
        };
        await house.MeasureAsync(replica, ready.AddSeconds(60));
        Assert.Equal((3m, null), await house.AllocationAsync(replica.PodUid));
    }

    [Fact]
    public async Task An_end_that_was_heard_of_too_late_corrects_the_window_that_was_told()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Endpoint);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        var ready = (await house.WorkloadAsync(contract)).ReadyAt!.Value;
        var replica = new AllocationReading(contract, $"late-{contract}", "late", "gpu-01", [], 0, 0, ready, FinishedAt: null);
        await house.MeasureAsync(replica, ready.AddSeconds(60));
        await house.MeasureAsync(replica with { FinishedAt = ready.AddSeconds(50) }, ready.AddSeconds(70));
        Assert.Equal((50m, ready.AddSeconds(50)), await house.AllocationAsync(replica.PodUid));
        var told = (await house.MessagesAsync(contract))
            .OfType<UsageMeasured>()
            .SelectMany(m => m.Allocations)
            .Where(a => a.PodUid == replica.PodUid)
            .ToList();
        // The window ends at a whole period, which is a second here; it is told again, with less, under the next revision and another id.
        Assert.Equal([(0, false), (1, true)], told.Select(a => (a.Revision, a.Final)));
        Assert.Equal(told[0].To, told[1].To);
        Assert.Equal(0, told[0].To.UtcTicks % TimeSpan.TicksPerSecond);
        Assert.NotEqual(told[0].EventId, told[1].EventId);
        // A replayed report has the id it had.
        Assert.Equal(told[1].EventId, MeterIntake.EventId(replica.PodUid, told[1].To, 1));
    }

    [Fact]
    public async Task What_was_told_is_complete_through_the_last_period_and_a_stop_before_the_commit_tells_nothing_twice()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        string contract = await house.DeployAsync(ProductKind.Endpoint);
        DateTimeOffset ready = house.Time.GetUtcNow().AddMinutes(-2);
        await house.SqlAsync($"update provisioning.workload set phase = 'Ready', ready_at = '{ready:O}' where contract_id = '{contract}'");
        ready = (await house.WorkloadAsync(contract)).ReadyAt!.Value;
        var replica = new AllocationReading(contract, $"stop-{contract}", "stop", "gpu-01", [], 0, 0, ready, FinishedAt: null);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.As<IServiceProvider, int>(
                Actor.System,
                scope =>
                    scope
                        .GetRequiredService<MarketplaceDbContext>()
                        .InTransactionAsync<int>(
                            async ct =>
                            {
                                await scope
                                    .GetRequiredService<MeterIntake>()
                                    .MeasureAsync(house.ClusterId, [replica], ready.AddSeconds(30), ct);
                                throw new InvalidOperationException("stopped");
                            },
                            default
                        )
            )
        );
        Assert.Empty((await house.MessagesAsync(contract)).OfType<UsageMeasured>());

        await house.MeasureAsync(replica, ready.AddSeconds(40));
        await house.MeasureAsync(replica, ready.AddSeconds(40));
        await house.MeasureAsync(replica, ready.AddSeconds(60));
        var messages = (await house.MessagesAsync(contract)).OfType<UsageMeasured>().ToList();
        // Three reports, each complete through its moment; the second had nothing to read and says so.
        Assert.Equal([1, 0, 1], messages.Select(m => m.Allocations.Count));
        Assert.All(messages, m => Assert.Equal(ready, m.HeardSince));
        Assert.Equal(messages[^1].HeardThrough, messages[^1].Allocations[0].To);
        var readings = messages.SelectMany(m => m.Allocations).ToList();
        Assert.Equal(readings.Count, readings.Select(r => r.EventId).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal((decimal)(readings[^1].To - ready).TotalMilliseconds / 1000m, readings[^1].CardSeconds);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(3)]
    public async Task A_share_of_a_device_is_metered_as_bought_on_the_cluster(double cards)
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Job, runSeconds: 1, billedCards: (decimal)cards);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        var last = (await house.MessagesAsync(contract)).OfType<UsageMeasured>().SelectMany(m => m.Allocations).Single(a => a.Final);
        // Utilisation never enters, and neither does what the device manager rounded the share up to: the seconds by the cards that were sold.
        Assert.Equal((decimal)cards, last.Cards);
        Assert.Equal(
            0L,
            await house.SqlAsync(
                $"""
                select count(*) from provisioning.allocation
                where contract_id = '{contract}'
                  and (cards <> {cards.ToString(System.Globalization.CultureInfo.InvariantCulture)}
                       or measured_card_seconds <> round(cards * extract(epoch from finished_at - ready_at), 6))
                """
            )
        );
    }

    [Fact]
    public async Task A_known_end_is_measured_at_once_however_far_the_meter_lags()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Endpoint);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        var ready = (await house.WorkloadAsync(contract)).ReadyAt!.Value;
        var replica = new AllocationReading(contract, $"ended-{contract}", "ended", "gpu-01", [], 0, 0, ready, ready.AddSeconds(3));
        await house.MeasureAsync(replica, ready.AddSeconds(-7));
        Assert.Equal((3m, ready.AddSeconds(3)), await house.AllocationAsync(replica.PodUid));
    }

    [Fact]
    public async Task Deploying_the_same_again_changes_nothing()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        var request = new DeployWorkload
        {
            ContractId = $"con_same-{house.Center.PartyId}",
            CustomerId = "org_customer",
            CenterId = house.Center.PartyId,
            OperatorId = "org_operator",
            ClusterId = house.ClusterId,
            Name = "same",
            Product = ProductKind.Job,
            Roles =
            [
                new WorkloadRole
                {
                    Name = "main",
                    Replicas = 1,
                    Image = "team/a:1",
                },
            ],
            NotAfter = house.Time.GetUtcNow().AddHours(1),
        };
        await house.DeployAsync(request);
        await house.DeployAsync(request);
        Assert.Equal(1, (await house.WorkloadAsync(request.ContractId)).Generation);
        await house.DeployAsync(request with { NotAfter = request.NotAfter.AddHours(1) });
        Assert.Equal(2, (await house.WorkloadAsync(request.ContractId)).Generation);
        await house.MoveAsync(request.ContractId, new ReplicaAssignment(0, $"{house.ClusterId}/gpu-02", ["gpu-1"]));
        await house.MoveAsync(request.ContractId, new ReplicaAssignment(0, $"{house.ClusterId}/gpu-02", ["gpu-1"]));
        Assert.Equal(3, (await house.WorkloadAsync(request.ContractId)).Generation);
        await house.StopAsync(request.ContractId);
        await house.StopAsync(request.ContractId);
        Assert.Equal(4, (await house.WorkloadAsync(request.ContractId)).Generation);
    }

    [Fact]
    public async Task A_model_without_a_catalogue_entry_fails_at_once_instead_of_waiting_for_ever()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Job, deviceModel: "No Such Chip");
        await house.PhaseAsync(contract, WorkloadPhase.Error);
        var failed = Assert.Single((await house.MessagesAsync(contract)).OfType<WorkloadChanged>());
        Assert.NotEmpty(failed.FailureText!);
        // Stopping what never was there ends it.
        await house.StopAsync(contract);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
    }

    private static async Task AssertMeteredAsync(ProvisioningHouse house, string contract, int allocations)
    {
        var usage = (await house.MessagesAsync(contract)).OfType<UsageMeasured>().SelectMany(m => m.Allocations).ToList();
        // Every reading has an id of its own, counters never fall, and each allocation is closed exactly once, by its last reading.
        Assert.Equal(usage.Count, usage.Select(u => u.EventId).Distinct(StringComparer.Ordinal).Count());
        var pods = usage.GroupBy(u => u.PodUid, StringComparer.Ordinal).ToList();
        Assert.Equal(allocations, pods.Count);
        foreach (var pod in pods)
        {
            var readings = pod.ToList();
            Assert.Equal(readings.Select(r => r.CardSeconds).Order(), readings.Select(r => r.CardSeconds));
            Assert.True(readings[^1].Final);
            Assert.Single(readings, r => r.Final);
            Assert.True(readings[^1].CardSeconds > 0);
            // Allocation is time: cards by seconds from Ready to the end, nothing else.
            decimal seconds = (decimal)(readings[^1].To - readings[0].From).TotalMilliseconds / 1000m;
            Assert.Equal(decimal.Round(readings[^1].Cards * seconds, 6), readings[^1].CardSeconds);
        }
        // And the rows say the same, to the last digit they keep: whoever reads them later can compute the bill again.
        Assert.Equal(
            0L,
            await house.SqlAsync(
                $"""
                select count(*) from provisioning.allocation
                where contract_id = '{contract}'
                  and measured_card_seconds <> round(cards * extract(epoch from finished_at - ready_at), 6)
                """
            )
        );
    }
}
