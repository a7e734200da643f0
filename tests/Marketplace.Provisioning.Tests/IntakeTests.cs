using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Features.Sessions;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Provisioning.Tests;

/// <summary>What a cluster says reaches the database once, whole, whatever happens on the way.</summary>
public sealed class IntakeTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task An_end_that_could_not_be_stored_is_stored_later()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        // The first try to store an end fails; a sequence remembers that beyond the rollback.
        await AdminAsync(
            """
            create sequence provisioning.tries;
            grant usage, select on sequence provisioning.tries to public;
            create function provisioning.fail_once() returns trigger language plpgsql as $$
            begin
              if nextval('provisioning.tries') = 1 then
                raise exception 'out of luck' using errcode = '57014';
              end if;
              return new;
            end $$;
            create trigger fail_once before update on provisioning.workload
              for each row when (new.phase = 'Terminated' and old.phase <> 'Terminated') execute function provisioning.fail_once();
            """
        );
        string contract = await house.DeployAsync(ProductKind.Job, runSeconds: 1);
        await house.PhaseAsync(contract, WorkloadPhase.Terminated);
        Assert.Equal(2L, await house.SqlAsync("select last_value from provisioning.tries"));
        var messages = await house.MessagesAsync(contract);
        Assert.Single(messages.OfType<WorkloadChanged>(), c => c.Phase == WorkloadPhase.Terminated);
        Assert.Single(messages.OfType<UsageMeasured>().SelectMany(m => m.Allocations), a => a.Final);
        await AdminAsync("drop trigger fail_once on provisioning.workload");
    }

    [Fact]
    public async Task The_meter_leaves_alone_what_is_being_changed()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        string contract = await house.DeployAsync(ProductKind.Job);
        DateTimeOffset ready = house.Time.GetUtcNow().AddMinutes(-1);
        await house.SqlAsync($"update provisioning.workload set phase = 'Ready', ready_at = '{ready:O}' where contract_id = '{contract}'");
        var pod = new AllocationReading(contract, $"uid-{contract}", "pod", "gpu-01", [], 1000, 1024, ready, null);
        Task<int> MeasureAsync() =>
            house.As<MeterIntake, int>(Actor.System, m => m.MeasureAsync(house.ClusterId, [pod], ready.AddSeconds(30), default));
        await using (var connection = await db.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // The end is on its way to be stored: it measures on its own, and the same allocation cannot be made twice.
            await using var hold = new NpgsqlCommand(
                $"select id from provisioning.workload where contract_id = '{contract}' for update",
                connection,
                transaction
            );
            await hold.ExecuteScalarAsync();
            Assert.Equal(0, await MeasureAsync());
            await transaction.RollbackAsync();
        }
        Assert.Equal(1, await MeasureAsync());
        Assert.Equal(1L, await house.SqlAsync($"select count(*) from provisioning.allocation where contract_id = '{contract}'"));
    }

    [Fact]
    public async Task A_late_word_from_its_session_does_not_bring_a_disconnected_cluster_back()
    {
        await using var house = await ProvisioningHouse.OpenAsync(db);
        await house.ConnectAsync();
        await house.SqlAsync($"update provisioning.cluster set state = 'Connected' where id = '{house.ClusterId}'");
        Task<bool> late;
        await using (var connection = await db.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var disconnect = new NpgsqlCommand(
                $"update provisioning.cluster set state = 'Disconnected' where id = '{house.ClusterId}'",
                connection,
                transaction
            );
            await disconnect.ExecuteNonQueryAsync();
            late = house.As<ConnectionIntake, bool>(
                Actor.System,
                c => c.StoreAsync(house.ClusterId, ConnectionState.Suspect, null, null, null, default)
            );
            await Eventually.HoldsAsync(
                async () =>
                    (long)
                        (
                            await house.SqlAsync(
                                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                            )
                        )! > 0,
                "the word to wait for the disconnection"
            );
            await transaction.CommitAsync();
        }
        Assert.False(await late);
        Assert.Equal("Disconnected", await house.SqlAsync($"select state from provisioning.cluster where id = '{house.ClusterId}'"));
    }

    private async Task AdminAsync(string sql)
    {
        await using var admin = NpgsqlDataSource.Create(db.Database.AdminConnectionString);
        await using var command = admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
