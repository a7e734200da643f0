using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;

namespace Marketplace.Provisioning.Tests;

/// <summary>Workers come and go, lines are cut: what runs goes on, and nothing is counted twice or beyond the evidence.</summary>
public sealed class WorkerTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_second_worker_takes_over_when_the_first_ones_lease_has_run_out()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        // A worker that was killed: it holds the lease and renews it no more.
        await house.SqlAsync(
            $"update provisioning.cluster set lease_owner = 'wrk_dead', lease_until = now() + interval '10 minutes' where id = '{house.ClusterId}'"
        );
        string contract = await house.DeployAsync(ProductKind.Job, runSeconds: 1);
        await house.StartWorkerAsync();
        await house.StartWorkerAsync();
        // Both look for clusters several times a lease; while the lease holds, neither touches this one.
        Assert.Equal("wrk_dead", await OwnerAsync(house));
        house.Time.Ahead(TimeSpan.FromMinutes(11));
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        Assert.NotEqual("wrk_dead", await OwnerAsync(house));
        Assert.Single((await house.MessagesAsync(contract)).OfType<WorkloadChanged>(), c => c.Phase == WorkloadPhase.Terminated);
    }

    [Fact]
    public async Task A_restarted_worker_goes_on_where_the_last_one_was()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        var first = await house.StartWorkerAsync();
        string running = await house.DeployAsync(ProductKind.Endpoint);
        await house.PhaseAsync(running, WorkloadPhase.Ready);
        var before = await house.WorkloadAsync(running);
        await house.StopWorkerAsync(first);
        string meanwhile = await house.DeployAsync(ProductKind.Job, runSeconds: 1);
        Assert.Equal(WorkloadPhase.Pending, (await house.WorkloadAsync(meanwhile)).Phase);
        await house.StartWorkerAsync();
        await house.PhaseAsync(meanwhile, WorkloadPhase.Terminated);
        var after = await house.WorkloadAsync(running);
        Assert.Equal((WorkloadPhase.Ready, before.ReadyAt), (after.Phase, after.ReadyAt));
        Assert.Equal(before.Pods.Select(p => p.Name), after.Pods.Select(p => p.Name));
        await house.StopAsync(running);
        await house.PhaseAsync(running, WorkloadPhase.Terminated);
        Assert.Single((await house.MessagesAsync(running)).OfType<WorkloadChanged>(), c => c.Phase == WorkloadPhase.Ready);
    }

    [Fact]
    public async Task A_busy_cluster_row_does_not_cost_its_worker_the_lease()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        object? owner = await OwnerAsync(house);
        await using (var source = Npgsql.NpgsqlDataSource.Create(db.ConnectionString))
        await using (var connection = await source.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var hold = new Npgsql.NpgsqlCommand(
                $"select id from provisioning.cluster where id = '{house.ClusterId}' for update",
                connection,
                transaction
            );
            await hold.ExecuteScalarAsync();
            // The worker's renewal waits for the row, instead of passing over it and letting the session go.
            await Eventually.HoldsAsync(
                async () =>
                    (long)
                        (
                            await house.SqlAsync(
                                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%lease_owner = %FOR UPDATE%' and query not like '%SKIP%'"
                            )
                        )! > 0,
                "the renewal to wait"
            );
        }
        string contract = await house.DeployAsync(ProductKind.Job, runSeconds: 1);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        Assert.Equal(owner, await OwnerAsync(house));
    }

    [Fact]
    public async Task A_partition_stops_the_meter_at_the_last_contact_and_heals_without_loss()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        string contract = await house.DeployAsync(ProductKind.Endpoint);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        await Eventually.HoldsAsync(async () => await MeasuredToAsync(house, contract) is not null, "a first reading");
        house.Cluster.Partition();
        DateTimeOffset cut = house.Time.GetUtcNow();
        house.Time.Ahead(TimeSpan.FromMinutes(1));
        await StateAsync(house, ClusterState.Suspect);
        // Suspect: nothing new is placed there, and what runs is not ended.
        Assert.NotEqual(WorkloadPhase.Terminated, (await house.WorkloadAsync(contract)).Phase);
        house.Time.Ahead(TimeSpan.FromMinutes(5));
        await StateAsync(house, ClusterState.Lost);
        Assert.True(await MeasuredToAsync(house, contract) <= cut);
        house.Cluster.Heal();
        await StateAsync(house, ClusterState.Connected);
        await house.PhaseAsync(contract, WorkloadPhase.Ready);
        await Eventually.HoldsAsync(async () => await MeasuredToAsync(house, contract) > cut.AddMinutes(5), "the meter to catch up");
        await house.StopAsync(contract);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        var pods = (await house.MessagesAsync(contract)).OfType<UsageMeasured>().SelectMany(m => m.Allocations).ToLookup(a => a.PodUid);
        Assert.Single(pods);
        Assert.True(pods.First().Last().Final);
    }

    private static Task StateAsync(ProvisioningHouse house, ClusterState state) =>
        Eventually.HoldsAsync(async () => (await house.ViewAsync()).State == state, $"the cluster to be {state}");

    private static async Task<object?> OwnerAsync(ProvisioningHouse house) =>
        await house.SqlAsync($"select lease_owner from provisioning.cluster where id = '{house.ClusterId}'");

    private static async Task<DateTimeOffset?> MeasuredToAsync(ProvisioningHouse house, string contract) =>
        await house.SqlAsync(
            $"select max(measured_to) from provisioning.allocation where contract_id = '{contract}' and measured_card_seconds > 0"
        )
            is DateTime at
            ? new DateTimeOffset(at, TimeSpan.Zero)
            : null;
}
