using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.TimeShares;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.TimeShares;

public sealed class RoundPolicyTests
{
    private static readonly IReadOnlyList<ChipPool> Two = [new("fast", 1), new("slow", 1)];

    private static IReadOnlyList<Func<IReadOnlyList<ChipPool>, RoundPolicy>> Policies =>
        [
            pools => new ArrivalRounds(pools),
            pools => new FairRounds(pools),
            pools => new MarketRounds(pools),
            pools => new MarketRounds(pools, RoundGoal.Makespan),
        ];

    [Fact]
    public void A_chip_goes_to_the_job_that_it_suits_best()
    {
        // Both prefer the first chip, but the second job loses almost nothing on the other.
        List<SharedJob> jobs = [new(0, new JobKind("even", 1, [10, 9]), 36_000), new(1, new JobKind("picky", 1, [10, 1]), 36_000)];
        Assert.Equal([0, 1], new ArrivalRounds(Two).Next(0, jobs).PoolOf);
        Assert.Equal([1, 0], new MarketRounds(Two).Next(0, jobs).PoolOf);
        Assert.Equal([1, 0], new MarketRounds(Two, RoundGoal.Makespan).Next(0, jobs).PoolOf);
    }

    [Fact]
    public void Of_jobs_that_are_alike_the_shortest_goes_first_or_the_longest()
    {
        var kind = new JobKind("a", 1, [1]);
        List<SharedJob> jobs = [new(0, kind, 7200), new(1, kind, 3600), new(2, kind, 10_800)];
        IReadOnlyList<ChipPool> one = [new("chip", 1)];
        Assert.Equal([-1, 0, -1], new MarketRounds(one).Next(0, jobs).PoolOf);
        Assert.Equal([-1, -1, 0], new MarketRounds(one, RoundGoal.Makespan).Next(0, jobs).PoolOf);
        Assert.Equal([0, -1, -1], new ArrivalRounds(one).Next(0, jobs).PoolOf);
        // Ties go to the earlier job.
        Assert.Equal([0, -1], new MarketRounds(one).Next(0, [new(0, kind, 3600), new(1, kind, 3600)]).PoolOf);
    }

    [Fact]
    public void Fair_shares_are_equal_for_equal_jobs_and_follow_the_weights()
    {
        var kind = new JobKind("a", 1, [4, 1]);
        var shares = FairShares.Of(Two, [new(0, kind, 1), new(1, kind, 1), new(2, kind, 1)]);
        Assert.All(shares, share => Assert.Equal([1.0 / 3, 1.0 / 3], share, Close));
        shares = FairShares.Of([new("chip", 1)], [new(0, new JobKind("a", 1, [1]), 1, 3), new(1, new JobKind("b", 1, [1]), 1)]);
        Assert.Equal([0.75, 0.25], shares.Select(share => share[0]), Close);
    }

    [Fact]
    public void Fair_shares_give_each_the_chip_it_gains_most_on()
    {
        // Example of the paper's introduction: the job that gains most from the fast chip gets more of it.
        var shares = FairShares.Of(Two, [new(0, new JobKind("gains", 1, [10, 1]), 1), new(1, new JobKind("even", 1, [2, 1]), 1)]);
        Assert.True(shares[0][0] > shares[1][0]);
        Assert.True(shares[1][1] > shares[0][1]);
    }

    [Fact]
    public void A_queue_may_run_empty_and_fill_again()
    {
        SharedJob job = new(0, new JobKind("a", 1, [1, 1]), 1);
        foreach (var create in Policies)
        {
            var policy = create(Two);
            Assert.Empty(policy.Next(0, []).PoolOf);
            Assert.Equal([0], policy.Next(5000, [job]).PoolOf);
            Assert.Empty(policy.Next(10_000, []).PoolOf);
            Assert.Equal([0], policy.Next(15_000, [job]).PoolOf);
        }
    }

    [Fact]
    public void In_time_every_job_receives_its_share()
    {
        var kind = new JobKind("a", 1, [1]);
        IReadOnlyList<ChipPool> one = [new("chip", 1)];
        var policy = new FairRounds(one);
        List<SharedJob> jobs = [new(0, kind, 1e9), new(1, kind, 1e9), new(2, kind, 1e9, 2)];
        var rounds = new int[3];
        for (var round = 0; round < 400; round++)
        {
            var at = policy.Next(round * 360.0, jobs).PoolOf;
            for (var j = 0; j < 3; j++)
            {
                if (at[j] == 0)
                {
                    rounds[j]++;
                    policy.Ran(jobs[j], 0, 360);
                }
            }
        }

        Assert.InRange(rounds[0], 98, 102);
        Assert.InRange(rounds[1], 98, 102);
        Assert.InRange(rounds[2], 198, 202);
    }

    [Fact]
    public void No_pool_gives_more_than_it_has_and_no_job_runs_where_it_cannot() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var random = new Random(number);
                IReadOnlyList<ChipPool> pools =
                [
                    .. Enumerable.Range(0, random.Next(1, 4)).Select(p => new ChipPool($"{p}", random.Next(0, 6))),
                ];
                List<JobKind> kinds =
                [
                    .. Enumerable
                        .Range(0, 4)
                        .Select(k => new JobKind($"{k}", random.Next(1, 4), [.. pools.Select(_ => (double)random.Next(0, 4))])),
                ];
                List<SharedJob> jobs =
                [
                    .. Enumerable.Range(0, random.Next(0, 9)).Select(j => new SharedJob(j, kinds[random.Next(4)], random.Next(1, 100_000))),
                ];
                return Policies.All(create =>
                {
                    var at = create(pools).Next(0, jobs).PoolOf;
                    return at.Count == jobs.Count
                        && jobs.All(job => at[job.Id] < 0 || job.Kind.Speeds[at[job.Id]] > 0)
                        && Enumerable
                            .Range(0, pools.Count)
                            .All(p => jobs.Where(job => at[job.Id] == p).Sum(job => job.Kind.Cards) <= pools[p].Cards)
                        && at.SequenceEqual(create(pools).Next(0, jobs).PoolOf);
                });
            },
            200
        );

    [Fact]
    public void A_waiting_job_runs_beside_another_where_both_together_do_more()
    {
        JobKind light = new("light", 1, [10]),
            heavy = new("heavy", 1, [10]);
        List<SharedJob> jobs = [new(0, heavy, 3600), new(1, heavy, 3600), new(2, light, 3600)];
        IReadOnlyList<ChipPool> one = [new("chip", 1)];
        var plan = new MarketRounds(one, sharedSpeeds: (a, b, _) => a == b ? (4, 4) : (8, 7)).Next(0, jobs);
        Assert.Equal([0, -1, 0], plan.PoolOf);
        Assert.Equal([2, -1, 0], plan.Beside);
        // Two that do less together than one alone do not share, nor do any without measured speeds.
        Assert.Equal([-1, -1, -1], new MarketRounds(one, sharedSpeeds: (_, _, _) => (4, 4)).Next(0, jobs).Beside);
        Assert.Equal([-1, -1, -1], new MarketRounds(one).Next(0, jobs).Beside);
    }

    [Fact]
    public void The_least_time_is_that_of_the_work_or_of_the_longest_job()
    {
        var kind = new JobKind("a", 1, [2, 1]);
        // 3 units per second over both chips; a job alone runs at 2.
        Assert.Equal(1000, ChipPrices.LeastSeconds(Two, [.. Enumerable.Range(0, 10).Select(j => new SharedJob(j, kind, 300))]), 3);
        Assert.Equal(1500, ChipPrices.LeastSeconds(Two, [new(0, kind, 3000)]), 3);
        Assert.Equal(0, ChipPrices.LeastSeconds(Two, []));
    }

    [Theory]
    [InlineData(0, 1.0, 1.0, 1.0, "jobs[0].kind.cards")]
    [InlineData(1, 0.0, 1.0, 1.0, "jobs[0].remaining")]
    [InlineData(1, double.NaN, 1.0, 1.0, "jobs[0].remaining")]
    [InlineData(1, 1.0, -1.0, 1.0, "jobs[0].weight")]
    [InlineData(1, 1.0, 1.0, -1.0, "jobs[0].kind.speeds[1]")]
    [InlineData(1, 1.0, 1.0, double.NaN, "jobs[0].kind.speeds[1]")]
    [InlineData(1, 1.0, 1.0, double.PositiveInfinity, "jobs[0].kind.speeds[1]")]
    public void A_job_that_cannot_be_is_refused_by_field(int cards, double work, double weight, double speed, string field)
    {
        List<SharedJob> jobs = [new(0, new JobKind("a", cards, [1, speed]), work, weight)];
        foreach (var create in Policies)
        {
            Assert.Equal(field, Assert.Single(Assert.Throws<InvalidSupplyException>(() => create(Two).Next(0, jobs)).Problems).Field);
        }

        Assert.Throws<InvalidSupplyException>(() => ChipPrices.LeastSeconds(Two, jobs));
    }

    [Fact]
    public void Other_bad_input_is_refused_by_field()
    {
        Refused("pools", () => new MarketRounds([]));
        Refused("pools[0].cards", () => new MarketRounds([new("a", -1)]));
        Refused("jobs[0].kind.speeds", () => new MarketRounds(Two).Next(0, [new(0, new JobKind("a", 1, [1]), 1)]));
        Refused("jobs", () => new MarketRounds(Two).Next(0, new SharedJob[TimeShareBounds.MaxJobs + 1]));
        SharedJob[] kinds =
        [
            .. Enumerable.Range(0, TimeShareBounds.MaxKinds + 1).Select(j => new SharedJob(j, new JobKind($"{j}", 1, [1, 1]), 1)),
        ];
        Refused("jobs", () => new FairRounds(Two).Next(0, kinds));
        Refused("jobs", () => new MarketRounds(Two).Next(0, kinds));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MarketRounds(Two, (RoundGoal)7));
    }

    private static void Refused(string field, Action act) =>
        Assert.Equal(field, Assert.Single(Assert.Throws<InvalidSupplyException>(act).Problems).Field);

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-5;
}
