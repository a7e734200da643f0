using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>Checks a recipe as a whole, and fills it with answers. Pure.</summary>
internal static partial class RecipeRules
{
    public static readonly IReadOnlyList<string> Products = ["Job", "GangJob", "Endpoint"];

    private const int MaxParameters = 50;
    private const int MaxCommand = 100;
    private const int MaxEnvironment = 200;
    private const int MaxString = 4096;

    /// <summary>Everything that is wrong with a bundle; empty when it can be saved.</summary>
    public static IReadOnlyList<FieldError> Check(SaveBundle bundle)
    {
        var found = new Findings();
        found.Need(Fits(bundle.Title, 120), "/title", "The title is missing or too long.", "Give a title of at most 120 characters.");
        found.Need(bundle.Summary.Length <= 2000, "/summary", "The summary is too long.", "Give at most 2000 characters.");
        found.Need(
            Fits(bundle.Industry, 60),
            "/industry",
            "The industry is missing or too long.",
            "Give at most 60 characters, for example healthcare."
        );
        BundleRecipe recipe = bundle.Recipe;
        found.Need(
            Products.Contains(recipe.Product, StringComparer.Ordinal),
            "/recipe/product",
            $"'{recipe.Product}' is not a product.",
            $"Use one of: {string.Join(", ", Products)}."
        );
        found.Need(
            recipe.Parameters.Count <= MaxParameters,
            "/recipe/parameters",
            "There are too many parameters.",
            $"Use at most {MaxParameters}."
        );
        found.Need(
            recipe.Roles.Count is >= 1 and <= InputBounds.MaxRoles,
            "/recipe/roles",
            "A recipe needs roles.",
            $"Give 1 to {InputBounds.MaxRoles} roles."
        );
        for (int i = 0; i < recipe.Parameters.Count; i++)
            CheckParameter(found, recipe.Parameters, i);
        var parameters = recipe
            .Parameters.GroupBy(p => p.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        for (int i = 0; i < recipe.Roles.Count; i++)
            CheckRole(found, recipe.Roles, i, parameters);
        GraphRules.Check(found, recipe);
        if (recipe.Product == "Endpoint")
            found.Need(
                recipe.Roles.Any(r => r.Port is not null),
                "/recipe/roles",
                "An endpoint needs a role with a port.",
                "Give the port the service listens on."
            );
        return found.All;
    }

    /// <summary>The recipe with every placeholder filled.</summary>
    /// <param name="values">Checked answers; see <see cref="ParameterRules.Answer"/>.</param>
    public static Outcome<BundleRecipe> Fill(BundleRecipe recipe, IReadOnlyDictionary<string, string> values)
    {
        List<FieldError> errors = [];
        BundleRole[] roles = [.. recipe.Roles.Select(FillRole)];
        return errors.Count > 0 ? Problem.Invalid(errors) : recipe with { Roles = roles };

        BundleRole FillRole(BundleRole role)
        {
            string replicas = Placeholders.Fill(role.Replicas, values);
            if (!IsReplicas(replicas))
            {
                string name = Placeholders.Only(role.Replicas) ?? "";
                errors.Add(
                    new FieldError(
                        $"/parameters/{name}",
                        $"Role {role.Name} cannot have '{replicas}' replicas.",
                        $"Give a number from 1 to {InputBounds.MaxReplicas}."
                    )
                );
            }
            return role with
            {
                Replicas = replicas,
                Command = [.. role.Command.Select(part => Placeholders.Fill(part, values))],
                Environment = role.Environment.ToDictionary(e => e.Key, e => Placeholders.Fill(e.Value, values), StringComparer.Ordinal),
                Variants = [.. role.Variants.Select(v => v with { Image = Placeholders.Fill(v.Image, values) })],
            };
        }
    }

    private static void CheckParameter(Findings found, IReadOnlyList<BundleParameter> all, int index)
    {
        BundleParameter p = all[index];
        string at = $"/recipe/parameters/{index}";
        found.Need(
            ParameterName().IsMatch(p.Name),
            $"{at}/name",
            $"'{p.Name}' is not a parameter name.",
            "Use letters, digits and underscores, beginning with a letter."
        );
        found.Need(
            all.Take(index).All(other => other.Name != p.Name),
            $"{at}/name",
            $"'{p.Name}' is there twice.",
            "Give each parameter its own name."
        );
        found.Need(
            Fits(p.Label, 120),
            $"{at}/label",
            "The label is missing or too long.",
            "Say in at most 120 characters what the field is."
        );
        found.Need(
            Enum.IsDefined(p.Type),
            $"{at}/type",
            "The type is unknown.",
            $"Use one of: {string.Join(", ", Enum.GetNames<ParameterType>())}."
        );
        found.Need(!(p.Min > p.Max), $"{at}/min", "The smallest value is above the largest.", "Swap them, or leave one out.");
        bool choosable =
            p.Choices.Count > 0
            && p.Choices.All(c => Fits(c, 200))
            && p.Choices.Distinct(StringComparer.Ordinal).Count() == p.Choices.Count;
        found.Need(
            p.Type != ParameterType.Choice || choosable,
            $"{at}/choices",
            "The choices are missing or repeat.",
            "List each choice once."
        );
        bool pattern = p.Pattern is null || (p.Pattern.Length <= 200 && ParameterRules.Pattern(p.Pattern) is not null);
        found.Need(
            pattern,
            $"{at}/pattern",
            "The pattern cannot be used.",
            "Give a regular expression of at most 200 characters without look-around and back-references."
        );
        if (pattern && !string.IsNullOrEmpty(p.Default) && Enum.IsDefined(p.Type) && ParameterRules.Wrong(p, p.Default) is { } wrong)
            found.Need(false, $"{at}/default", wrong, "Give a default that the field itself accepts.");
    }

    private static void CheckRole(Findings found, IReadOnlyList<BundleRole> all, int index, Dictionary<string, BundleParameter> parameters)
    {
        BundleRole role = all[index];
        string at = $"/recipe/roles/{index}";
        found.Need(
            RoleName().IsMatch(role.Name),
            $"{at}/name",
            $"'{role.Name}' is not a role name.",
            "Use small letters, digits and dashes, at most 40, beginning with a letter."
        );
        found.Need(
            all.Take(index).All(other => other.Name != role.Name),
            $"{at}/name",
            $"'{role.Name}' is there twice.",
            "Give each role its own name."
        );
        bool replicas = Placeholders.Only(role.Replicas) is { } name
            ? parameters.GetValueOrDefault(name) is { Type: ParameterType.Integer }
            : IsReplicas(role.Replicas);
        found.Need(
            replicas,
            $"{at}/replicas",
            $"'{role.Replicas}' is not a number of replicas.",
            $"Give 1 to {InputBounds.MaxReplicas}, or {{{{name}}}} of an Integer parameter."
        );
        found.Need(
            role.CpuMilli is >= 1 and <= InputBounds.MaxQuantity,
            $"{at}/cpuMilli",
            "The processor need is out of range.",
            "Give thousandths of a core, for example 4000."
        );
        found.Need(
            role.HostMemoryMib is >= 1 and <= InputBounds.MaxQuantity,
            $"{at}/hostMemoryMib",
            "The memory need is out of range.",
            "Give MiB, for example 8192."
        );
        found.Need(role.Port is null or (>= 1 and <= 65535), $"{at}/port", "The port is out of range.", "Give 1 to 65535.");
        found.Need(role.Command.Count <= MaxCommand, $"{at}/command", "The command is too long.", $"Use at most {MaxCommand} parts.");
        for (int i = 0; i < role.Command.Count; i++)
            CheckText(found, $"{at}/command/{i}", role.Command[i], parameters);
        found.Need(
            role.Environment.Count <= MaxEnvironment,
            $"{at}/environment",
            "There are too many variables.",
            $"Use at most {MaxEnvironment}."
        );
        foreach (var (key, value) in role.Environment)
        {
            found.Need(
                VariableName().IsMatch(key),
                $"{at}/environment/{key}",
                $"'{key}' is not a variable name.",
                "Use letters, digits and underscores, not beginning with a digit."
            );
            CheckText(found, $"{at}/environment/{key}", value, parameters);
        }
        found.Need(
            role.Variants.Count is >= 1 and <= InputBounds.MaxVariants,
            $"{at}/variants",
            "A role needs at least one way to run.",
            $"Give 1 to {InputBounds.MaxVariants} variants."
        );
        for (int i = 0; i < role.Variants.Count; i++)
            CheckVariant(found, $"{at}/variants/{i}", role.Variants[i], parameters);
    }

    private static void CheckVariant(Findings found, string at, BundleVariant v, Dictionary<string, BundleParameter> parameters)
    {
        // Placeholders may hold spaces inside their braces; what remains around them is the image's own text.
        string image = Placeholders.Fill(v.Image, new Dictionary<string, string>());
        found.Need(
            v.Image.Length is >= 1 and <= 512 && !image.Any(char.IsWhiteSpace),
            $"{at}/image",
            "The image is missing or malformed.",
            "Give an image reference such as registry.example/team/app:1.2."
        );
        CheckText(found, $"{at}/image", v.Image, parameters);
        found.Need(
            v.CardsPerReplica is >= 0 and <= InputBounds.MaxDevicesPerNode && (v.DeviceModel is null || v.CardsPerReplica > 0),
            $"{at}/cardsPerReplica",
            "The number of cards does not fit the chip.",
            $"Give 1 to {InputBounds.MaxDevicesPerNode} cards, or 0 without a chip to run on processors."
        );
        found.Need(
            v.DeviceModel is null || Fits(v.DeviceModel, 80),
            $"{at}/deviceModel",
            "The chip is malformed.",
            "Give a model of the accelerator catalogue, or leave it out."
        );
        found.Need(
            v.ComputeMilli is >= 0 and <= Device.FullComputeMilli,
            $"{at}/computeMilli",
            "The share of a card is out of range.",
            "Give thousandths: 1000 is a whole card."
        );
        found.Need(
            v.MemoryMibPerCard is null or (>= 1 and <= InputBounds.MaxQuantity),
            $"{at}/memoryMibPerCard",
            "The memory per card is out of range.",
            "Give MiB, or leave it out."
        );
        found.Need(
            v.Throughput is null or > 0,
            $"{at}/throughput",
            "The throughput is not above zero.",
            "Give measured units per second per card, or leave it out."
        );
    }

    private static void CheckText(Findings found, string at, string text, Dictionary<string, BundleParameter> parameters)
    {
        found.Need(
            text.Length <= MaxString && !text.Contains('\0', StringComparison.Ordinal),
            at,
            "The text is too long or contains a null character.",
            $"Use at most {MaxString} characters."
        );
        foreach (string name in Placeholders.In(text).Where(name => !parameters.ContainsKey(name)).Distinct(StringComparer.Ordinal))
            found.Need(false, at, $"There is no parameter '{name}'.", "Add the parameter, or correct the placeholder.");
    }

    private static bool IsReplicas(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= InputBounds.MaxReplicas;

    private static bool Fits(string text, int most) => !string.IsNullOrWhiteSpace(text) && text.Length <= most;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,40}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ParameterName();

    [GeneratedRegex(
        "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex RoleName();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,200}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableName();
}
