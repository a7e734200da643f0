using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Packing;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Packing;

/// <summary>What must hold for every policy, fleet and order of pods, on small random ones.</summary>
public sealed class PackingProperties
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    public static TheoryData<string> Policies => [.. PackingPolicies.Names];

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_pod_is_placed_exactly_when_a_node_has_room_and_nothing_is_oversold(string policy)
    {
        int placed = 0,
            refused = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var scenario = new PackingScenario(number);
                var packer = scenario.Packer(policy);
                var books = new PackingBooks(scenario);
                return scenario.Pods.All(pod =>
                {
                    var room = books.HasRoom(pod);
                    var at = packer.Place(pod);
                    placed += at is null ? 0 : 1;
                    refused += at is null ? 1 : 0;
                    return room == at is not null && (at is null || books.Take(pod, at.Value, 1));
                });
            },
            200,
            policy
        );
        // Both answers must be common, or agreement says little.
        Assert.InRange(placed / (double)(placed + refused), 0.1, 0.9);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_same_pods_get_the_same_places(string policy) =>
        Properties.Check(
            Numbers,
            number =>
            {
                var (one, other) = (new PackingScenario(number), new PackingScenario(number));
                var (first, again) = (one.Packer(policy), other.Packer(policy));
                return one.Pods.Select(pod => first.Place(pod)).SequenceEqual(other.Pods.Select(pod => again.Place(pod)));
            },
            60,
            policy
        );

    [Theory]
    [MemberData(nameof(Policies))]
    public void What_is_given_back_is_free_again(string policy) =>
        Properties.Check(
            Numbers,
            number =>
            {
                var scenario = new PackingScenario(number);
                var packer = scenario.Packer(policy);
                var books = new PackingBooks(scenario);
                var random = new Random(number);
                var running = new List<(PodShape Pod, PodPlacement At)>();
                foreach (var pod in scenario.Pods)
                {
                    var room = books.HasRoom(pod);
                    if (packer.Place(pod) is not { } at)
                    {
                        if (room)
                        {
                            return false;
                        }
                    }
                    else if (books.Take(pod, at, 1))
                    {
                        running.Add((pod, at));
                    }
                    else
                    {
                        return false;
                    }

                    if (running.Count > 0 && random.Next(2) == 0)
                    {
                        var ended = running[random.Next(running.Count)];
                        running.Remove(ended);
                        packer.Release(ended.Pod, ended.At);
                        books.Take(ended.Pod, ended.At, -1);
                    }
                }

                return true;
            },
            60,
            policy
        );

    [Fact]
    public void The_books_themselves_find_an_oversold_device()
    {
        var scenario = new PackingScenario(0, pods: 0);
        var node = Enumerable.Range(0, scenario.Nodes.Count).First(n => scenario.Nodes[n].Devices > 0);
        var books = new PackingBooks(scenario);
        var pod = new PodShape(0, 0, 1, 600);
        Assert.True(books.Take(pod, new PodPlacement(node, 1), 1));
        Assert.False(books.Take(pod, new PodPlacement(node, 1), 1));
    }
}
