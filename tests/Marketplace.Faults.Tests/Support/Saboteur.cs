using Npgsql;

namespace Marketplace.Faults.Tests.Support;

/// <summary>
/// Works inside the server: ends the application's connections between and within its statements, and makes some journals fail as a lost
/// conflict does, when they are written or when they commit.
/// </summary>
internal sealed class Saboteur : IAsyncDisposable
{
    // One in so many journals. A request tries six times by itself, so most never notice.
    private const string Traps = """
        create or replace function public.fail_at_random() returns trigger language plpgsql as $$
        begin
            if random() < 0.03 then
                raise exception 'a conflict that was lost' using errcode = case when random() < 0.5 then '40001' else '40P01' end;
            end if;
            return null;
        end
        $$;
        create or replace trigger fails_when_written after insert on billing.journal for each statement execute function public.fail_at_random();
        drop trigger if exists fails_at_commit on billing.journal;
        create constraint trigger fails_at_commit after insert on billing.journal deferrable initially deferred
            for each row execute function public.fail_at_random();
        """;

    private const string NoTraps = """
        drop trigger if exists fails_when_written on billing.journal;
        drop trigger if exists fails_at_commit on billing.journal;
        """;

    // The application's connections that are in the middle of something, one of them.
    private const string EndOne = """
        select pg_terminate_backend(pid) from (
            select pid from pg_stat_activity
            where datname = current_database() and usename = 'marketplace_app' and state in ('active', 'idle in transaction')
            order by pid offset $1 limit 1) one
        """;

    private readonly NpgsqlDataSource admin;
    private readonly Random random;

    private Saboteur(NpgsqlDataSource admin, int seed)
    {
        this.admin = admin;
        random = new Random(seed);
    }

    /// <summary>Connections that were ended.</summary>
    public int Ended { get; private set; }

    public static async Task<Saboteur> HireAsync(string adminConnectionString, int seed)
    {
        var saboteur = new Saboteur(NpgsqlDataSource.Create(adminConnectionString), seed);
        await saboteur.ExecuteAsync(Traps);
        return saboteur;
    }

    /// <summary>Ends one connection after another, a while of journals apart, until the work is done.</summary>
    public async Task WorkUntilAsync(Task work)
    {
        long next = await JournalsAsync() + random.Next(1, 10);
        while (!work.IsCompleted)
        {
            if (await JournalsAsync() < next)
                continue;
            await using var end = admin.CreateCommand(EndOne);
            end.Parameters.Add(new NpgsqlParameter { Value = random.Next(3) });
            if (await end.ExecuteScalarAsync() is true)
            {
                Ended++;
                next = await JournalsAsync() + random.Next(5, 25);
            }
        }
    }

    public Task LeaveAsync() => ExecuteAsync(NoTraps);

    public ValueTask DisposeAsync() => admin.DisposeAsync();

    private async Task<long> JournalsAsync()
    {
        await using var command = admin.CreateCommand("select count(*) from billing.journal");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
