using System.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Charts;

/// <summary>A trend without an axis. Say in <see cref="Label"/> what it shows and how it moved.</summary>
public partial class Sparkline
{
    [Parameter, EditorRequired]
    public IReadOnlyList<double> Values { get; set; } = [];

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    private string Path
    {
        get
        {
            var path = new StringBuilder();
            for (var i = 0; i < Values.Count; i++)
            {
                path.Append(i == 0 ? 'M' : 'L').Append(Scale.N(2 + 80d * i / (Values.Count - 1))).Append(' ').Append(Scale.N(Y(Values[i])));
            }

            return path.ToString();
        }
    }

    private double Y(double value)
    {
        var (least, most) = (Values.Min(), Values.Max());
        return most - least < 1e-12 ? 12 : 21 - 18 * (value - least) / (most - least);
    }
}
