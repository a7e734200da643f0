using Marketplace.Market.Contracts;

namespace Marketplace.Market.Tests;

internal static class BundleRecipes
{
    /// <summary>An inference service with every kind of parameter.</summary>
    public static SaveBundle Chat { get; } =
        new(
            "Chat service",
            "A chat model behind one endpoint.",
            "education",
            new BundleRecipe
            {
                Product = "Endpoint",
                WorkUnit = "token",
                Parameters =
                [
                    new BundleParameter
                    {
                        Name = "replicas",
                        Label = "Replicas",
                        Type = ParameterType.Integer,
                        Min = 1,
                        Max = 8,
                        Default = "2",
                    },
                    new BundleParameter
                    {
                        Name = "model",
                        Label = "Model",
                        LabelZh = "模型",
                        Type = ParameterType.Choice,
                        Choices = ["small", "large"],
                    },
                    new BundleParameter
                    {
                        Name = "temperature",
                        Label = "Temperature",
                        Type = ParameterType.Number,
                        Min = 0,
                        Max = 2,
                        Default = "0.7",
                    },
                    new BundleParameter
                    {
                        Name = "stream",
                        Label = "Stream",
                        Type = ParameterType.Switch,
                        Default = "true",
                    },
                    new BundleParameter
                    {
                        Name = "tag",
                        Label = "Tag",
                        Type = ParameterType.Text,
                        Pattern = "[a-z]+",
                        Required = false,
                    },
                ],
                Roles =
                [
                    new BundleRole
                    {
                        Name = "server",
                        Replicas = "{{replicas}}",
                        Command = ["serve", "--model={{model}}", "--temperature={{ temperature }}", "--tag={{tag}}"],
                        Environment = new Dictionary<string, string> { ["STREAM"] = "{{stream}}" },
                        Port = 8080,
                        Variants =
                        [
                            new BundleVariant("H100-80G", "registry.example/chat-{{model}}:1.10", 1, 1000, null, 3902.4688m),
                            new BundleVariant("Ascend910B2", "registry.example/chat-cann:1.10", 2, 1000, 32_000, null),
                        ],
                    },
                ],
            }
        );

    public static SaveBundle With(Func<BundleRecipe, BundleRecipe> change) => Chat with { Recipe = change(Chat.Recipe) };

    public static SaveBundle WithRole(Func<BundleRole, BundleRole> change) => With(r => r with { Roles = [change(r.Roles[0])] });

    public static SaveBundle WithVariant(Func<BundleVariant, BundleVariant> change) =>
        WithRole(r => r with { Variants = [change(r.Variants[0])] });

    public static SaveBundle WithParameter(int index, Func<BundleParameter, BundleParameter> change) =>
        With(r => r with { Parameters = [.. r.Parameters.Select((p, i) => i == index ? change(p) : p)] });

    public static Dictionary<string, string> Answers(params (string Name, string Value)[] answers) =>
        answers.ToDictionary(a => a.Name, a => a.Value);
}
