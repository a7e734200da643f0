using Marketplace.Scheduling.Packing;

namespace Marketplace.Scheduling.Tests.Packing;

/// <summary>A small random fleet and pods for it, the same for the same number.</summary>
internal sealed class PackingScenario
{
    public static readonly string[] ModelNames = ["A", "B", "C"];
    private readonly Random random;

    public PackingScenario(int number, int pods = 200)
    {
        random = new Random(number);
        Nodes = [.. Enumerable.Range(0, random.Next(1, 12)).SelectMany(_ => Alike())];
        var fleet = Fleet();
        var shapes = Enumerable.Range(0, random.Next(2, 20)).Select(_ => Shape(fleet)).ToList();
        Pods = [.. Enumerable.Range(0, pods).Select(_ => shapes[random.Next(shapes.Count)])];
    }

    public IReadOnlyList<PackingNode> Nodes { get; }
    public IReadOnlyList<PodShape> Pods { get; }

    public PackingFleet Fleet() => new(Nodes);

    public NodePacker Packer(string policy) => new(PackingPolicies.Create(policy, Fleet(), Pods, seed: 3));

    private IEnumerable<PackingNode> Alike()
    {
        var devices = Pick(0, 1, 2, 4, 8);
        var node = new PackingNode(
            devices == 0 ? "" : ModelNames[random.Next(3)],
            devices,
            Pick(8, 16, 32, 64) * 1000,
            Pick(16, 64, 256) * 1024
        );
        return Enumerable.Repeat(node, random.Next(1, 4));
    }

    private PodShape Shape(PackingFleet fleet)
    {
        var cards = Pick(0, 1, 1, 1, 1, 2, 4);
        return new PodShape(
            random.Next(0, 13) * 1000,
            random.Next(0, 9) * 4096,
            cards,
            cards switch
            {
                0 => 0,
                1 => Pick(1, 110, 250, 333, 470, 500, 810, 1000),
                _ => PodShape.WholeCard,
            },
            random.Next(3) == 0 ? fleet.ModelsNamed(ModelNames[random.Next(3)], "unknown") : PodShape.AnyModel
        );
    }

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];
}
