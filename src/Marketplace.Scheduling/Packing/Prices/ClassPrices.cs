using System.Runtime.Intrinsics;

namespace Marketplace.Scheduling.Packing.Prices;

/// <summary>
/// What devices and cores of each class of node are worth while demand of the learned mix competes for them: dual prices of the fractional
/// assignment of pods to node classes, by ascent along the excess demand (Walras' tâtonnement; as an algorithm for duals: Shor,
/// "Minimization Methods for Non-Differentiable Functions", 1985; for placing online by such prices: Agrawal, Wang and Ye, "A Dynamic
/// Near-Optimal Algorithm for Online Linear Programming", Operations Research 62, 2014).
/// </summary>
/// <remarks>
/// The mix is scaled so that it would fill the free devices. Each kind of pod divides itself over the classes that can hold it, in
/// proportion to e^(−(price − lowest price)/(0.03 · size)) · free cores, size being its device compute, or 0.02 · cores + 1 without devices:
/// a soft minimum, because a hard one swings. Then each price moves by step · (demand/free − 1).
/// </remarks>
internal sealed class ClassPrices
{
    private const double DeviceStep = 0.04;
    private const double MostPerDevice = 3;
    private const double CoreStep = 0.002;
    private const double MostPerCore = 0.15;
    private const double Softness = 0.03;
    private const double CpuOnlySize = 0.02;
    private const int Lanes = 4;

    private readonly PackingFleet fleet;
    private readonly int width;
    private readonly double[] device;
    private readonly double[] core;
    private readonly double[] freeDevice;
    private readonly double[] freeCore;
    private readonly double[] deviceLoad;
    private readonly double[] coreLoad;
    private readonly double[] part;

    public ClassPrices(PackingFleet fleet)
    {
        this.fleet = fleet;
        width = (fleet.Classes.Count + Lanes - 1) / Lanes * Lanes;
        (device, core) = (new double[width], new double[width]);
        (freeDevice, freeCore) = (new double[width], new double[width]);
        (deviceLoad, coreLoad) = (new double[width], new double[width]);
        part = new double[width];
    }

    /// <summary>What the pod would pay on the class: 1/1000 device · price + 1/1000 core · price, on the scale of 1/1000 device.</summary>
    public double Of(in PodShape pod, int nodeClass) => (device[nodeClass] * pod.DeviceMilli) + (core[nodeClass] * pod.CpuMilli);

    /// <summary>Moves the prices.</summary>
    /// <param name="mix">The kinds of pods and how often they come.</param>
    /// <param name="steps">Steps of ascent; the prices of the last time are the start.</param>
    public void Ascend(ClassDemand mix, int steps)
    {
        CountFree();
        if (mix.MeanDeviceMilli == 0)
        {
            return;
        }

        var pods = freeDevice.Sum() / mix.MeanDeviceMilli;
        for (var step = 0; step < steps; step++)
        {
            Array.Clear(deviceLoad);
            Array.Clear(coreLoad);
            for (var kind = 0; kind < mix.Pods.Count; kind++)
            {
                Divide(mix.Pods[kind].Shape, mix.Share(kind) * pods, mix.Possible(kind));
            }

            for (var c = 0; c < fleet.Classes.Count; c++)
            {
                device[c] = Math.Clamp(device[c] + (DeviceStep * ((deviceLoad[c] / Math.Max(1, freeDevice[c])) - 1)), 0, MostPerDevice);
                core[c] = Math.Clamp(core[c] + (CoreStep * ((coreLoad[c] / Math.Max(1, freeCore[c])) - 1)), 0, MostPerCore);
            }
        }
    }

    private void CountFree()
    {
        Array.Clear(freeDevice);
        Array.Clear(freeCore);
        for (var node = 0; node < fleet.Count; node++)
        {
            var c = fleet.Class[node];
            freeDevice[c] += fleet.FreeMilli[node];
            freeCore[c] += fleet.FreeCpu[node];
        }
    }

    /// <summary>Adds one kind's demand to the classes. Where it cannot run, its price is out of reach.</summary>
    private void Divide(in PodShape pod, double count, ReadOnlySpan<double> outOfReach)
    {
        double milli = pod.DeviceMilli,
            cpu = pod.CpuMilli,
            size = milli > 0 ? milli : (CpuOnlySize * cpu) + 1;
        var lowest = Vector256.Create(double.MaxValue);
        for (var c = 0; c < width; c += Lanes)
        {
            var price = (At(device, c) * milli) + (At(core, c) * cpu) + Vector256.Create(outOfReach[c..]);
            price.CopyTo(part, c);
            lowest = Vector256.Min(lowest, price);
        }

        var least = Math.Min(Math.Min(lowest[0], lowest[1]), Math.Min(lowest[2], lowest[3]));
        if (least >= ClassDemand.OutOfReach)
        {
            return;
        }

        var all = Vector256<double>.Zero;
        var scale = Vector256.Create(1 / (Softness * size));
        for (var c = 0; c < width; c += Lanes)
        {
            var weight = Decay((At(part, c) - Vector256.Create(least)) * scale) * (At(freeCore, c) + Vector256<double>.One);
            weight.CopyTo(part, c);
            all += weight;
        }

        // Added in this order, not in that of the machine's own instruction.
        count /= all[0] + all[1] + all[2] + all[3];
        for (var c = 0; c < width; c += Lanes)
        {
            var here = At(part, c) * count;
            (At(deviceLoad, c) + (here * milli)).CopyTo(deviceLoad, c);
            (At(coreLoad, c) + (here * cpu)).CopyTo(coreLoad, c);
        }
    }

    private static Vector256<double> At(double[] values, int at) => Vector256.Create(values.AsSpan(at));

    /// <summary>e^(−x) as (1 − x/64)^64, 0 from 64 on: only multiplications, so it is the same on every machine.</summary>
    private static Vector256<double> Decay(Vector256<double> x)
    {
        var y = Vector256.Max(Vector256<double>.One - (x * (1.0 / 64)), Vector256<double>.Zero);
        y *= y;
        y *= y;
        y *= y;
        y *= y;
        y *= y;
        return y * y;
    }
}

/// <summary>A mix of pods prepared for <see cref="ClassPrices"/>.</summary>
internal sealed class ClassDemand
{
    /// <summary>A price nobody pays.</summary>
    public const double OutOfReach = 1e18;

    private readonly double[] possible;
    private readonly double[] share;
    private readonly int width;

    public ClassDemand(IReadOnlyList<PodCount> pods, PackingFleet fleet)
    {
        Pods = pods;
        double total = pods.Sum(pod => (long)pod.Count);
        share = [.. pods.Select(pod => pod.Count / total)];
        MeanDeviceMilli = pods.Sum(pod => pod.Count / total * pod.Shape.DeviceMilli);
        width = (fleet.Classes.Count + 3) / 4 * 4;
        possible = new double[pods.Count * width];
        Array.Fill(possible, OutOfReach);
        for (var kind = 0; kind < pods.Count; kind++)
        {
            for (var c = 0; c < fleet.Classes.Count; c++)
            {
                if (CanHold(fleet.Classes[c], pods[kind].Shape))
                {
                    possible[(kind * width) + c] = 0;
                }
            }
        }
    }

    public IReadOnlyList<PodCount> Pods { get; }

    /// <summary>Device compute of the mean pod, in 1/1000 device.</summary>
    public double MeanDeviceMilli { get; }

    /// <summary>The part of all pods that are of a kind, 0 to 1.</summary>
    public double Share(int kind) => share[kind];

    /// <summary>0 for each class that can hold the kind when empty, <see cref="OutOfReach"/> for the others.</summary>
    public ReadOnlySpan<double> Possible(int kind) => possible.AsSpan(kind * width, width);

    private static bool CanHold(NodeClass node, in PodShape pod) =>
        node.CpuMilli >= pod.CpuMilli
        && node.MemoryMib >= pod.MemoryMib
        && (pod.Cards == 0 || (node.Devices >= pod.Cards && ((pod.Models >> node.Model) & 1) != 0));
}
