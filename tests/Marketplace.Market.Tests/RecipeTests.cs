using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Market.Features.Bundles;
using Marketplace.Platform.Api.Json;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Tests;

public sealed class RecipeTests
{
    public static IEnumerable<object[]> Faults => Broken.Select((b, i) => new object[] { b.Pointer, i });

    private static readonly (string Pointer, SaveBundle Bundle)[] Broken =
    [
        ("/title", BundleRecipes.Chat with { Title = " " }),
        ("/industry", BundleRecipes.Chat with { Industry = "" }),
        ("/recipe/product", BundleRecipes.With(r => r with { Product = "Notebook" })),
        ("/recipe/roles", BundleRecipes.With(r => r with { Roles = [] })),
        ("/recipe/roles", BundleRecipes.WithRole(r => r with { Port = null })),
        ("/recipe/parameters/0/name", BundleRecipes.WithParameter(0, p => p with { Name = "2nd" })),
        ("/recipe/parameters/1/name", BundleRecipes.WithParameter(1, p => p with { Name = "replicas" })),
        ("/recipe/parameters/0/label", BundleRecipes.WithParameter(0, p => p with { Label = "" })),
        ("/recipe/parameters/0/min", BundleRecipes.WithParameter(0, p => p with { Min = 9 })),
        ("/recipe/parameters/0/default", BundleRecipes.WithParameter(0, p => p with { Default = "9" })),
        ("/recipe/parameters/1/choices", BundleRecipes.WithParameter(1, p => p with { Choices = ["a", "a"] })),
        ("/recipe/parameters/4/pattern", BundleRecipes.WithParameter(4, p => p with { Pattern = "(" })),
        ("/recipe/parameters/4/pattern", BundleRecipes.WithParameter(4, p => p with { Pattern = @"(a)\1" })),
        ("/recipe/roles/0/name", BundleRecipes.WithRole(r => r with { Name = "Server" })),
        ("/recipe/roles/0/replicas", BundleRecipes.WithRole(r => r with { Replicas = "0" })),
        ("/recipe/roles/0/replicas", BundleRecipes.WithRole(r => r with { Replicas = "{{temperature}}" })),
        ("/recipe/roles/0/replicas", BundleRecipes.WithRole(r => r with { Replicas = "1{{replicas}}" })),
        ("/recipe/roles/0/command/0", BundleRecipes.WithRole(r => r with { Command = ["{{nobody}}"] })),
        (
            "/recipe/roles/0/environment/A-B",
            BundleRecipes.WithRole(r => r with { Environment = new Dictionary<string, string> { ["A-B"] = "" } })
        ),
        ("/recipe/roles/0/port", BundleRecipes.WithRole(r => r with { Port = 70_000 })),
        ("/recipe/roles/0/cpuMilli", BundleRecipes.WithRole(r => r with { CpuMilli = 0 })),
        ("/recipe/roles/0/variants", BundleRecipes.WithRole(r => r with { Variants = [] })),
        ("/recipe/roles/0/variants/0/image", BundleRecipes.WithVariant(v => v with { Image = "a b" })),
        ("/recipe/roles/0/variants/0/cardsPerReplica", BundleRecipes.WithVariant(v => v with { CardsPerReplica = 0 })),
        ("/recipe/roles/0/variants/0/computeMilli", BundleRecipes.WithVariant(v => v with { ComputeMilli = 1001 })),
        ("/recipe/roles/0/tiers/0", BundleRecipes.WithRole(r => r with { Tiers = [(SiteTier)9] })),
        ("/recipe/roles/0/data/0/name", BundleRecipes.WithRole(r => r with { Data = [new("", Region: "r")] })),
        ("/recipe/roles/0/data/1/name", BundleRecipes.WithRole(r => r with { Data = [new("a", Region: "r"), new("a", Region: "r")] })),
        ("/recipe/roles/0/data/0/region", BundleRecipes.WithRole(r => r with { Data = [new("a", Site: "s", Region: "r")] })),
        ("/recipe/roles/0/data/0/gib", BundleRecipes.WithRole(r => r with { Data = [new("a", Region: "r", Gib: double.NaN)] })),
        (
            "/recipe/roles/0/data/0/staysInCountry",
            BundleRecipes.WithRole(r => r with { Data = [new("a", Region: "r", StaysInCountry: "China")] })
        ),
        ("/recipe/links/0/to", BundleRecipes.With(r => r with { Links = [new("server", "nobody")] })),
        ("/recipe/links/0/to", BundleRecipes.With(r => r with { Links = [new("server", "server")] })),
        ("/recipe/links/1/from", Linked(new("server", "store"), new("server", "store"))),
        ("/recipe/links/0/callsPerSecond", Linked(new BundleLink("server", "store", double.PositiveInfinity))),
        ("/recipe/links/0/bytesPerCall", Linked(new BundleLink("server", "store", 1, -1))),
        ("/recipe/links/0/maxRoundTripMs", Linked(new BundleLink("server", "store", 1, 1, 0.1))),
        ("/recipe/roles/0/variants/0/throughput", BundleRecipes.WithVariant(v => v with { Throughput = 0 })),
    ];

    private static SaveBundle Linked(params BundleLink[] links) =>
        BundleRecipes.With(r => r with { Roles = [.. r.Roles, r.Roles[0] with { Name = "store" }], Links = links });

    [Fact]
    public void A_good_graph_has_no_fault_and_its_document_says_it_again()
    {
        var graph = Linked(new BundleLink("server", "store", 20, 4096.5, 2));
        graph = graph with
        {
            Recipe = graph.Recipe with
            {
                Roles =
                [
                    .. graph.Recipe.Roles.Select(r =>
                        r with
                        {
                            Tiers = [SiteTier.Edge, SiteTier.Cloud],
                            Data = [new BundleData("images", Region: "cn-north-1", Gib: 12.5, StaysInCountry: "CN")],
                        }
                    ),
                ],
            },
        };
        Assert.Empty(RecipeRules.Check(graph));
        var again = BundleYaml.Read(BundleYaml.Write(graph)).Value;
        Assert.Equal(graph.Recipe.Links, again.Recipe.Links);
        Assert.All(again.Recipe.Roles, r => Assert.Equal([SiteTier.Edge, SiteTier.Cloud], r.Tiers));
        Assert.All(again.Recipe.Roles, r => Assert.Equal(graph.Recipe.Roles[0].Data, r.Data));
    }

    [Fact]
    public void A_good_recipe_has_no_fault() => Assert.Empty(RecipeRules.Check(BundleRecipes.Chat));

    [Theory]
    [MemberData(nameof(Faults))]
    public void Each_fault_is_found_at_its_place(string pointer, int index)
    {
        var errors = RecipeRules.Check(Broken[index].Bundle);
        Assert.Contains(errors, e => e.Pointer == pointer && e.Message.Length > 0 && e.Fix.Length > 0);
        // What follows from it may be named too, after it.
        Assert.Equal(pointer, errors[0].Pointer);
    }

    [Theory]
    [InlineData("replicas", "9")]
    [InlineData("replicas", "1.5")]
    [InlineData("replicas", "two")]
    [InlineData("model", "medium")]
    [InlineData("temperature", "2.1")]
    [InlineData("temperature", "1,5")]
    [InlineData("stream", "yes")]
    [InlineData("tag", "abc1")]
    [InlineData("a/b~c", "x")]
    public void A_wrong_answer_is_named_with_its_fix(string name, string value)
    {
        var answers = BundleRecipes.Answers(("model", "small"));
        answers[name] = value;
        Problem problem = ParameterRules.Answer(BundleRecipes.Chat.Recipe.Parameters, answers).Problem!;
        FieldError error = Assert.Single(problem.Errors);
        Assert.Equal(
            "/parameters/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal),
            error.Pointer
        );
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void A_missing_answer_without_default_is_named()
    {
        FieldError error = Assert.Single(
            ParameterRules.Answer(BundleRecipes.Chat.Recipe.Parameters, BundleRecipes.Answers()).Problem!.Errors
        );
        Assert.Equal(("/parameters/model", "Model is missing.", "Choose one of: small, large."), (error.Pointer, error.Message, error.Fix));
    }

    [Fact]
    public void Every_placeholder_is_filled_once()
    {
        var answers = ParameterRules
            .Answer(
                BundleRecipes.Chat.Recipe.Parameters,
                BundleRecipes.Answers(("model", "large"), ("replicas", "03"), ("temperature", "1.50"))
            )
            .Value;
        BundleRole role = Assert.Single(RecipeRules.Fill(BundleRecipes.Chat.Recipe, answers).Value.Roles);
        Assert.Equal("3", role.Replicas);
        Assert.Equal(["serve", "--model=large", "--temperature=1.5", "--tag="], role.Command);
        Assert.Equal("true", role.Environment["STREAM"]);
        Assert.Equal("registry.example/chat-large:1.10", role.Variants[0].Image);
    }

    [Fact]
    public void A_value_is_not_read_as_a_placeholder_again() =>
        Assert.Equal("{{b}}", Placeholders.Fill("{{a}}", new Dictionary<string, string> { ["a"] = "{{b}}", ["b"] = "secret" }));

    [Fact]
    public void Too_many_replicas_point_at_the_parameter_that_sets_them()
    {
        BundleRecipe recipe = BundleRecipes.WithParameter(0, p => p with { Max = null }).Recipe;
        Problem problem = RecipeRules
            .Fill(recipe, new Dictionary<string, string> { ["replicas"] = "1000000", ["model"] = "small" })
            .Problem!;
        Assert.Equal("/parameters/replicas", Assert.Single(problem.Errors).Pointer);
    }

    [Fact]
    public void Yaml_there_and_back_is_the_same_bundle()
    {
        string yaml = BundleYaml.Write(BundleRecipes.Chat);
        SaveBundle back = BundleYaml.Read(yaml).Value;
        Assert.Equal(JsonSerializer.Serialize(BundleRecipes.Chat, ApiJson.Options), JsonSerializer.Serialize(back, ApiJson.Options));
    }

    [Fact]
    public void Yaml_as_a_person_writes_it_is_read()
    {
        SaveBundle bundle = BundleYaml
            .Read(
                """
                title: Nightly training
                summary: Trains over night.
                industry: research
                recipe:
                  product: GangJob
                  parameters:
                    - { name: epochs, label: Epochs, type: Integer, min: 1, default: 10 }
                    - { name: debug, label: Debug, type: Switch, required: false }
                  roles:
                    - name: worker
                      replicas: 4
                      command: [train, "--epochs={{epochs}}"]
                      environment: { VERSION: 1.10, EMPTY: "" }
                      variants:
                        - { deviceModel: H100-80G, image: registry.example/train:1.10, cardsPerReplica: 8, computeMilli: 1000 }
                """
            )
            .Value;
        Assert.Empty(RecipeRules.Check(bundle));
        BundleRole role = Assert.Single(bundle.Recipe.Roles);
        Assert.Equal(
            ("4", "1.10", "", 8),
            (role.Replicas, role.Environment["VERSION"], role.Environment["EMPTY"], role.Variants[0].CardsPerReplica)
        );
        Assert.Equal(
            ("10", 1m, false),
            (bundle.Recipe.Parameters[0].Default, bundle.Recipe.Parameters[0].Min, bundle.Recipe.Parameters[1].Required)
        );
    }

    [Theory]
    [InlineData("title: [", "Line ")]
    [InlineData("title: A", "summary")]
    [InlineData("title: A\nsummary: B\nindustry: C\nrecipe: { product: Job, roles: [], colour: red }", "colour")]
    [InlineData("a: &x [1]\nb: *x", "Aliases")]
    [InlineData("--- {}\n--- {}", "one YAML document")]
    [InlineData("", "one YAML document")]
    [InlineData("? [a, b]\n: c", "key")]
    public void A_wrong_document_says_what_is_wrong(string yaml, string reason)
    {
        Problem problem = BundleYaml.Read(yaml).Problem!;
        Assert.Equal(ProblemKind.Invalid, problem.Kind);
        Assert.Contains(reason, problem.Detail, StringComparison.Ordinal);
    }
}
