numbers = parse.(Int, split(read(stdin, String)))
total = 0
for number in (numbers
    total += number
end
println(total)
