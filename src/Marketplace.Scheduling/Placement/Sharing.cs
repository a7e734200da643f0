using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>Two-dimensional sharing: what a share becomes on a device once rounded up to the vendor's granularity.</summary>
internal static class Sharing
{
    /// <summary>The grant of one card of the variant on a device, not eligible when the device cannot be cut that way.</summary>
    public static Grant GrantOf(Variant variant, DeviceShape device)
    {
        if (!variant.IsShared)
        {
            return variant.DeviceMemoryMib <= device.MemoryMib
                ? new Grant(true, true, Device.FullComputeMilli, device.MemoryMib, Device.FullComputeMilli)
                : default;
        }

        // A fraction is not memory: it becomes MiB only here, where the device is known.
        var memoryMib =
            variant.DeviceMemoryMib > 0
                ? variant.DeviceMemoryMib
                : (int)CeilingOf((long)device.MemoryMib * variant.ComputeMilli, Device.FullComputeMilli);
        if (memoryMib > device.MemoryMib)
        {
            return default;
        }

        return device.Sharing switch
        {
            FractionSharing fraction => Fraction(variant.ComputeMilli, memoryMib, fraction, device.MemoryMib),
            TemplateSharing shared => Template(variant.ComputeMilli, memoryMib, shared, device.MemoryMib),
            _ => default,
        };
    }

    private static Grant Fraction(int computeMilli, int memoryMib, FractionSharing sharing, int deviceMemoryMib)
    {
        // The last unit of a device may be a short one, so rounding never passes what the device has.
        var compute = Math.Min(CeilingOf(computeMilli, sharing.ComputeUnitMilli) * sharing.ComputeUnitMilli, Device.FullComputeMilli);
        var memory = Math.Min(CeilingOf(memoryMib, sharing.MemoryUnitMib) * sharing.MemoryUnitMib, deviceMemoryMib);
        return Share((int)compute, (int)memory, deviceMemoryMib);
    }

    private static Grant Template(int computeMilli, int memoryMib, TemplateSharing sharing, int deviceMemoryMib)
    {
        Grant best = default;
        foreach (var template in sharing.Templates)
        {
            if (template.ComputeMilli < computeMilli || template.MemoryMib < memoryMib)
            {
                continue;
            }

            var grant = Share(template.ComputeMilli, template.MemoryMib, deviceMemoryMib);
            if (!best.Eligible || Smaller(grant, best))
            {
                best = grant;
            }
        }

        return best;
    }

    private static bool Smaller(Grant left, Grant right) =>
        (left.CardMilli, left.ComputeMilli, left.MemoryMib).CompareTo((right.CardMilli, right.ComputeMilli, right.MemoryMib)) < 0;

    private static Grant Share(int computeMilli, int memoryMib, int deviceMemoryMib)
    {
        // Rounded down, so that equal shares that fill a card never add up to more than the card that is for sale.
        var memoryMilli = deviceMemoryMib == 0 ? 0 : (long)memoryMib * 1000 / deviceMemoryMib;
        return new Grant(true, false, computeMilli, memoryMib, (int)Math.Max(1, Math.Max(computeMilli, memoryMilli)));
    }

    private static long CeilingOf(long amount, long unit) => (amount + unit - 1) / unit;
}
